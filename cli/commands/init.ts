// `sweep init`: writes a sweep file, drafted from a training script that is read and not run, or a template.
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { SweepError } from '../../sweeps/errors.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { findProgram } from '../doctor/programs.ts'
import { draftFromScript, draftTemplate } from '../init/draft-file.ts'
import type { FileDraft, ScriptFacts } from '../init/draft-file.ts'
import { shownDefault } from '../init/draft-parameter.ts'
import { guessMetric } from '../init/guess-metric.ts'
import { readPythonTokens } from '../init/python-tokens.ts'
import { readScriptArguments } from '../init/script-arguments.ts'
import { countOf } from '../show-values.ts'
import { printable, truncate } from '../terminal.ts'

interface Options {
  readonly fromScript?: string
  readonly force: boolean
}

const FILE_NAME = 'sweep.yaml'
const MAX_SCRIPT_BYTES = 4 * 1024 * 1024

export const command = defineCommand<Options>({
  name: 'init',
  summary: 'Write a sweep file, drafted from a training script',
  arguments: '[folder]',
  examples: [
    ['sweep init --from-script train.py', 'ranges around the defaults of its arguments'],
    ['sweep init', 'a template with comments'],
    [
      'sweep init experiments --from-script experiments/train.py --force',
      'in another folder, over an old one',
    ],
  ],
  options: [
    {
      flags: '--from-script <file>',
      description: 'Python script: argparse, click, or fields of a dataclass',
    },
    { flags: '--force', description: 'overwrite a sweep.yaml that is there', default: false },
  ],
  notes: ['The script is read, not run. Guesses are marked in the file, with "# <-".'],
  next: ['sweep validate sweep.yaml --sample 3', 'sweep run sweep.yaml'],
  run: async (context, [folder = '.'], options) => {
    const target = resolve(context.io.cwd, folder)
    const facts = options.fromScript === undefined ? null : readScript(context, options.fromScript, target)
    const draft = facts === null ? draftTemplate('train.py') : draftFromScript(facts)
    const path = join(target, FILE_NAME)
    writeDraft(path, draft, options.force)
    const warnings = facts === null ? [] : warningsOf(facts)
    if (context.isJson) context.print(JSON.stringify(describeAsJson(path, facts, draft, warnings)))
    else if (!context.globals.quiet)
      for (const line of describe(context, facts, draft, folder)) context.print(line)
    if (!context.isJson) for (const warning of warnings) context.note(`! ${warning}`)
    return 0
  },
})

function readScript(context: CommandContext, path: string, target: string): ScriptFacts {
  const { io } = context
  const full = resolve(io.cwd, path)
  let text: string
  try {
    text = readFileSync(full, 'utf8')
  } catch (error) {
    throw new SweepError('NOT_FOUND', `cannot read ${path}`, { hint: 'Name a Python script.', cause: error })
  }
  if (text.length > MAX_SCRIPT_BYTES)
    throw new SweepError('USAGE', `${path} is larger than 4 MiB: no training script`)
  const tokens = readPythonTokens(text)
  const hasPython = findProgram('python', io) !== null || findProgram('python3', io) === null
  return {
    program: relative(target, full),
    arguments: readScriptArguments(tokens),
    metric: guessMetric(tokens),
    interpreter: hasPython ? 'python' : 'python3',
  }
}

/** Never over an old file unless told to; `wx` also when one appears in between. */
function writeDraft(path: string, draft: FileDraft, force: boolean): void {
  try {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, draft.text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new SweepError('ILLEGAL_TRANSITION', `${path} is there already, and was left as it is`, {
        hint: 'Overwrite it:  sweep init --force',
      })
    }
    throw new SweepError('USAGE', `cannot write ${path}`, { cause: error })
  }
}

/** What the script must do besides, for the sweep to work. */
function warningsOf({ metric, program, arguments: found }: ScriptFacts): string[] {
  const warnings: string[] = []
  if (found.length === 0) {
    warnings.push(
      `${program}: no arguments were found (argparse, click, dataclass). Write the parameters by hand.`,
    )
  }
  if (metric === null) {
    warnings.push(`${program}: no metric was found. It must report one:  sweep help reporting`)
  } else if (metric.how !== 'json') {
    const way = metric.how === 'text' ? 'prints' : 'logs'
    warnings.push(
      `${program}:${metric.line} ${way} "${metric.name}", but not as a line of JSON. Add:  print(json.dumps({"${metric.name}": VALUE}), flush=True)`,
    )
  }
  return warnings
}

function describe(
  context: CommandContext,
  facts: ScriptFacts | null,
  draft: FileDraft,
  folder: string,
): string[] {
  const lines: string[] = []
  if (facts !== null) {
    const flags = facts.arguments.map(
      (argument) =>
        `${argument.form === 'positional' ? '' : '--'}${argument.name} (${shownDefault(argument)})`,
    )
    const metric =
      facts.metric === null
        ? ''
        : `; ${facts.metric.how === 'logger' ? 'logs' : 'prints'} "${facts.metric.name}"`
    lines.push(
      truncate(
        printable(`read ${facts.program}: ${flags.join(' ') || 'no arguments'}${metric}`),
        context.width,
      ),
    )
  }
  const marks = draft.markedLines.length
  lines.push(
    `wrote ${join(folder, FILE_NAME)}  (guesses: check the ${countOf(marks, 'marked line')}: ${draft.markedLines.join(', ')})`,
  )
  return lines
}

function describeAsJson(
  path: string,
  facts: ScriptFacts | null,
  draft: FileDraft,
  warnings: readonly string[],
) {
  return {
    schema: 'sweep.init/1',
    path,
    program: facts?.program ?? null,
    metric: facts?.metric ?? null,
    parameters: draft.parameters.map(({ name, space, isGuess }) => ({
      name,
      searched: space !== null,
      guess: isGuess,
    })),
    markedLines: draft.markedLines,
    warnings,
  }
}
