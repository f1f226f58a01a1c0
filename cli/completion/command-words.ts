// What can be typed after `sweep`, from the declarations of the commands: flags, arguments, and for each the kind of
// its values. A value's kind follows from the name of its placeholder, so that a new command needs nothing here.
import { RUN_STATES } from '../../sweeps/run.ts'
import { SWEEP_STATES } from '../../sweeps/sweep.ts'
import { GLOBAL_OPTIONS } from '../command.ts'
import type { AnyCommand, CommandEntry, OptionSpec } from '../command.ts'
import { topicNames } from '../help-topics.ts'
import { SETTING_KEYS } from '../settings.ts'

/** Values that only the server knows. */
export const LIVE_SOURCES = [
  'sweeps',
  'runs',
  'refs',
  'agents',
  'projects',
  'metrics',
  'tags',
  'filters',
] as const
export type LiveSource = (typeof LIVE_SOURCES)[number]

/** `any`: nothing is offered. */
export type ValueKind =
  | { readonly kind: 'any' | 'file' | 'folder' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'live'; readonly source: LiveSource }

export interface CompletedFlag {
  /** `-n`, `--count`. */
  readonly names: readonly string[]
  readonly description: string
  /** null: it takes no value. */
  readonly value: ValueKind | null
}

export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly flags: readonly CompletedFlag[]
  /** By position; the last one stands for all that follow when `isOpenEnded`. */
  readonly arguments: readonly ValueKind[]
  readonly isOpenEnded: boolean
}

export interface CommandWords {
  readonly commands: readonly CompletedCommand[]
  readonly globalFlags: readonly CompletedFlag[]
}

/** Commands whose `<id>` may also be a run's. */
const TAKE_RUNS = new Set(['show', 'logs', 'open', 'rm', 'tag', 'note', 'explain', 'retry', 'diff'])

export async function readCommandWords(entries: readonly CommandEntry[]): Promise<CommandWords> {
  const visible = entries.filter(({ isHidden }) => isHidden !== true)
  const names = visible.map(({ name }) => name)
  const commands = await Promise.all(
    visible.map(async (entry) => describeCommand((await entry.load()).command, entry.summary, names)),
  )
  return { commands, globalFlags: [...GLOBAL_OPTIONS, HELP].map((option) => describeFlag(option, '')) }
}

const HELP: OptionSpec = { flags: '-h, --help', description: 'examples and flags' }

function describeCommand(command: AnyCommand, summary: string, names: readonly string[]): CompletedCommand {
  const placeholders = [...(command.arguments ?? '').matchAll(/[<[]([^>\]]+)[>\]]/g)].map(
    ([, name = '']) => name,
  )
  return {
    name: command.name,
    summary,
    flags: (command.options ?? []).map((option) => describeFlag(option, command.name)),
    arguments: placeholders.map((name) => kindOf(name.replace(/\.\.\.$/, ''), command.name, names)),
    isOpenEnded: placeholders.at(-1)?.endsWith('...') ?? false,
  }
}

function describeFlag(option: OptionSpec, commandName: string): CompletedFlag {
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1]
  const names = option.flags
    .replace(/[<[].*$/, '')
    .split(/[\s,]+/)
    .filter((word) => word.startsWith('-'))
  const value =
    placeholder === undefined ? null : flagKind(option, names.at(-1) ?? '', placeholder, commandName)
  return { names, description: option.description, value }
}

function flagKind(option: OptionSpec, flag: string, placeholder: string, commandName: string): ValueKind {
  if (option.choices) return { kind: 'words', words: option.choices }
  if (flag === '--project') return live('projects')
  if (flag === '--sort' || flag === '--metric') return live('metrics')
  if (flag === '--gpus') return { kind: 'words', words: ['auto', 'all', 'none'] }
  if (flag === '--state') return { kind: 'words', words: commandName === 'runs' ? RUN_STATES : SWEEP_STATES }
  return kindOf(placeholder, commandName, [])
}

function kindOf(placeholder: string, commandName: string, commandNames: readonly string[]): ValueKind {
  switch (placeholder) {
    case 'id':
    case 'ref':
      return live(TAKE_RUNS.has(commandName) ? 'refs' : 'sweeps')
    case 'sweep':
      return live('sweeps')
    case 'run':
      return live('runs')
    case 'agent':
      return live('agents')
    case 'metric':
      return live('metrics')
    case 'tag':
    case 'tags':
      return live('tags')
    case 'filter':
      return live('filters')
    case 'project':
      return live('projects')
    case 'file':
    case 'path':
      return { kind: 'file' }
    case 'folder':
      return { kind: 'folder' }
    case 'word':
      return { kind: 'words', words: [...commandNames, ...topicNames(), 'topics'] }
    case 'shell':
      return { kind: 'words', words: ['bash', 'zsh', 'fish'] }
    case 'action':
      return { kind: 'words', words: ['list', 'get', 'set', 'unset'] }
    case 'key':
      return { kind: 'words', words: SETTING_KEYS }
    default:
      return { kind: 'any' }
  }
}

function live(source: LiveSource): ValueKind {
  return { kind: 'live', source }
}
