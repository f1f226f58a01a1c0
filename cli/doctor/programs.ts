// Programs on PATH: where one is, and what it says of its version.
import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import type { Io } from '../terminal.ts'

/** The program's path, as a shell would find it; null when there is none. */
export function findProgram(name: string, io: Pick<Io, 'env' | 'cwd'>): string | null {
  const places = name.includes('/')
    ? [resolve(io.cwd, name)]
    : (io.env['PATH'] ?? '')
        .split(delimiter)
        .filter((folder) => folder !== '')
        .map((folder) => join(folder, name))
  return places.find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false // not there, or not ours to run
  }
}

export interface ProgramAnswer {
  /** null: it could not be started, or took too long. */
  readonly exitCode: number | null
  readonly output: string
}

const ANSWER_LIMIT_MS = 5000

/** Runs it to its end; stdout and stderr together. Never throws. */
export function askProgram(
  path: string,
  args: readonly string[],
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<ProgramAnswer> {
  return new Promise((settle) => {
    const child = execFile(
      path,
      [...args],
      { env: { ...io.env }, cwd: io.cwd, timeout: ANSWER_LIMIT_MS, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => settle({ exitCode: child.exitCode, output: `${stdout}${stderr}`.trim() }),
    )
  })
}
