// `sweep config`: the settings that hold, where each comes from, and changes of the two files.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { SweepError } from '../../sweeps/errors.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { parseSettingsText, withoutSetting, withSetting } from '../settings-file.ts'
import {
  checkSettingKey,
  findProjectFile,
  loadSettings,
  SETTING_KEYS,
  SETTINGS,
  userFilePath,
  writeSettingsFile,
} from '../settings.ts'
import type { Setting, SettingFlags } from '../settings.ts'
import { layOutTable } from '../table.ts'
import { printable } from '../terminal.ts'

interface Options {
  readonly origin: boolean
  readonly global: boolean
}

export const command = defineCommand<Options>({
  name: 'config',
  summary: 'Settings: what holds, where it comes from, and changing it',
  arguments: '<action> [key] [value]',
  examples: [
    ['sweep config list --origin', 'every setting, and where its value comes from'],
    ['sweep config set server http://gpu-head:8765 --global', 'for every folder of this user'],
    ['sweep config set project vision', 'for this folder and those below it'],
  ],
  options: [
    { flags: '--origin', description: 'list: also where each value comes from', default: false },
    { flags: '--global', description: "set, unset: the user's file, not the project's", default: false },
  ],
  notes: [
    'Actions: list, get KEY, set KEY VALUE, unset KEY.',
    `Keys: ${SETTING_KEYS.join(', ')}. What each means:  sweep help settings`,
    'Order: flag, SWEEP_ variable, .sweep/config.yaml found upward,',
    '$XDG_CONFIG_HOME/sweep/config.yaml, default. Secrets belong to  sweep login .',
  ],
  next: ['sweep config list --origin', 'sweep doctor'],
  worksWithoutSettings: true,
  run: async (context, [action = '', key, value, ...rest], options) => {
    const words = [key, value, ...rest].filter((word) => word !== undefined).length
    if (!Object.hasOwn(WORDS_OF, action)) {
      throw new SweepError('USAGE', `config: no action "${action}"`, {
        hint: `Actions: ${Object.keys(WORDS_OF).join(', ')}.`,
      })
    }
    if (words !== WORDS_OF[action]) {
      throw new SweepError('USAGE', `config ${action}: takes ${WORDS_OF[action]} words, found ${words}`, {
        hint: 'As in:  sweep config set server http://gpu-head:8765',
      })
    }
    if (action === 'list') return list(context, options)
    if (action === 'get') return get(context, key ?? '')
    if (action === 'set') return set(context, key ?? '', value ?? '', options)
    return unset(context, key ?? '', options)
  },
})

/** Action -> how many words follow it. */
const WORDS_OF: Readonly<Record<string, number>> = { list: 0, get: 1, set: 2, unset: 1 }

/** From the outer environment: the command's own has what the files say in it already. */
function describe(context: CommandContext): Setting[] {
  const { server, project, color } = context.globals
  const flags: SettingFlags = {
    ...(server === undefined ? {} : { server }),
    ...(project === undefined ? {} : { project }),
    ...(color === 'auto' ? {} : { color }),
  }
  return loadSettings(context.outerEnv, context.io.cwd).describe(flags)
}

function list(context: CommandContext, options: Options): number {
  const settings = describe(context)
  if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.config/1', settings }))
  else {
    const titles = options.origin ? ['key', 'value', 'from'] : ['key', 'value']
    const rows = settings.map((setting) => [
      setting.key,
      printable(setting.value ?? '–'),
      originInWords(setting),
    ])
    const lines = layOutTable(
      titles.map((title) => ({ title })),
      rows.map((row) => row.slice(0, titles.length)),
      { width: null },
    )
    for (const line of lines) context.print(line)
  }
  return 0
}

function originInWords({ origin, place }: Setting): string {
  return place === null ? origin : `${origin}  ${printable(place)}`
}

function get(context: CommandContext, name: string): number {
  const key = checkSettingKey(name)
  const setting = describe(context).find((one) => one.key === key)
  if (setting === undefined || setting.value === null) {
    throw new SweepError('NOT_FOUND', `${key} is not set`, { hint: `Set it:  sweep config set ${key} VALUE` })
  }
  context.print(context.isJson ? JSON.stringify({ schema: 'sweep.config/1', ...setting }) : setting.value)
  return 0
}

function set(context: CommandContext, name: string, value: string, options: Options): number {
  const key = checkSettingKey(name)
  const path = fileToChange(context, options)
  // A relative folder is kept as written: it is read from where the file stands.
  const checked = SETTINGS[key].check(value, options.global ? homedir() : dirname(dirname(path)))
  const kept = key === 'data' ? value : checked
  change(path, (text) => withSetting(text, key, kept))
  return report(context, { key, value: kept, path })
}

function unset(context: CommandContext, name: string, options: Options): number {
  // Whatever stands there may be taken out: also a key of another version, and a secret most of all.
  const path = fileToChange(context, options)
  const before = readText(path)
  const after = withoutSetting(before, name)
  if (after === before) {
    checkSettingKey(name)
    if (!context.isJson && !context.globals.quiet)
      context.print(`${name} is not set in ${path}: nothing to do.`)
    else if (context.isJson) report(context, { key: name, value: null, path })
    return 0
  }
  writeSettingsFile(path, after)
  return report(context, { key: name, value: null, path })
}

function report(
  context: CommandContext,
  changed: { key: string; value: string | null; path: string },
): number {
  if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.config/1', ...changed }))
  else if (!context.globals.quiet) {
    context.print(
      `${changed.path}: ${changed.key}${changed.value === null ? ' taken out' : `: ${changed.value}`}`,
    )
  }
  return 0
}

function change(path: string, edit: (text: string) => string): void {
  const before = readText(path)
  parseSettingsText(before, path) // what cannot be read is not written to
  writeSettingsFile(path, edit(before))
}

function fileToChange(context: CommandContext, options: Options): string {
  if (options.global) return userFilePath(context.outerEnv)
  return findProjectFile(context.io.cwd) ?? join(context.io.cwd, '.sweep', 'config.yaml')
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw new SweepError('NOT_FOUND', `cannot read ${path}`, { cause: error })
  }
}
