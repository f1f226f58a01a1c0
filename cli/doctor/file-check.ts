// The dry run of a sweep file: is it valid, and could its first command be started here?
import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { describeSweepFile } from '../../sweeps/describe-sweep-file.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { readFileArgument } from '../read-file-argument.ts'
import type { CommandContext } from '../command.ts'
import { quoteForShell } from '../shell-words.ts'
import { fail, FILE, ok, warn } from './check.ts'
import type { Check } from './check.ts'
import { findProgram } from './programs.ts'

export interface FileVerdict {
  readonly check: Check
  /** Its command starts something else than Python. */
  readonly needsNoPython: boolean
}

export async function checkFile(context: CommandContext, path: string): Promise<FileVerdict> {
  let text: string
  try {
    text = (await readFileArgument(context, path)).text
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    return { check: fail(FILE, error.message, error.hint ?? 'Name a sweep file.'), needsNoPython: false }
  }
  const described = describeSweepFile(text, {
    sampleCount: 1,
    showCommands: true,
    envvar: (name) => context.io.env[name],
  })
  const problem = described.errors[0]
  if (problem !== undefined) {
    const where = problem.line === null ? path : `${path}:${problem.line}:${problem.column ?? 1}`
    const more = described.errors.length > 1 ? ` (and ${described.errors.length - 1} more)` : ''
    const check = fail(FILE, `${where}  ${problem.message}${more}`, `sweep validate ${quoteForShell(path)}`)
    return { check, needsNoPython: false }
  }
  const argv = described.commands[0] ?? []
  const check = judgeCommand(path, argv, described.config?.program ?? null, context)
  return { check, needsNoPython: !/^python[\d.]*$/.test(basename(startedProgram(argv))) }
}

/** `/usr/bin/env` starts what follows it. */
function startedProgram(argv: readonly string[]): string {
  const words = basename(argv[0] ?? '') === 'env' ? argv.slice(1) : argv
  return words.find((word) => !/^[A-Za-z_]\w*=/.test(word)) ?? ''
}

function judgeCommand(
  path: string,
  argv: readonly string[],
  program: string | null,
  { io }: CommandContext,
): Check {
  const command = argv.map(quoteForShell).join(' ')
  const started = startedProgram(argv)
  if (findProgram(started, io) === null) {
    return fail(
      FILE,
      `${path} is valid, but "${started}" is not there: ${command}`,
      `Install ${started}, or name another program in  command:`,
    )
  }
  if (program !== null && argv.includes(program) && !existsSync(resolve(io.cwd, program))) {
    return fail(
      FILE,
      `${path} is valid, but there is no ${program} in ${io.cwd}`,
      'Commands start in the folder that the agent was started in: start it beside the program.',
    )
  }
  if (argv.length === 0)
    return warn(FILE, `${path} is valid, but draws no configuration`, `sweep validate ${path}`)
  return ok(FILE, `${path} is valid; first command: ${command}`)
}
