// The unmodified W&B client against a controller of a test: an empty home, an empty working folder, no word to anybody
// else. Where it is not installed (scripts/install-wandb-client.mjs) its tests are skipped.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryRoot } from './cluster.ts'
import { runCommand, startProcess } from './processes.ts'
import type { CommandResult, TestProcess } from './processes.ts'

const BIN = join(repositoryRoot, '.cache', 'wandb', 'bin')

/** For `describe.skipIf(!hasWandbClient)`. */
export const hasWandbClient = existsSync(join(BIN, 'wandb'))

export interface WandbWorkplace {
  /** The working folder of everything that runs here. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Writes a script (or any file) into the folder. @returns its path */
  write(name: string, text: string): string
  /** Runs Python code to its end. */
  python(code: string, options?: { env?: Record<string, string>; timeoutMs?: number }): Promise<CommandResult>
  /** Runs `wandb ...` to its end. */
  wandb(
    args: readonly string[],
    options?: { env?: Record<string, string>; timeoutMs?: number },
  ): Promise<CommandResult>
  /** Starts `wandb ...` or another program of the client's environment, e.g. `python`. */
  start(name: string, command: readonly string[], env?: Record<string, string>): TestProcess
  close(): void
}

/** @param key a token of ours */
export function openWandbWorkplace(server: string, key: string): WandbWorkplace {
  const folder = mkdtempSync(join(tmpdir(), 'sweep-wandb-'))
  mkdirSync(join(folder, 'home'))
  const env = {
    PATH: `${BIN}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: join(folder, 'home'),
    LANG: 'C.UTF-8',
    WANDB_BASE_URL: server,
    WANDB_API_KEY: key,
    WANDB_DIR: folder,
    WANDB_ERROR_REPORTING: 'false',
    WANDB_SILENT: 'true',
    WANDB_INIT_TIMEOUT: '30',
    WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL: '1',
    WANDB_AGENT_DISABLE_FLAPPING: 'true',
    PYTHONDONTWRITEBYTECODE: '1',
  }
  return {
    folder,
    env,
    write(name, text) {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    },
    python: (code, options = {}) => run([join(BIN, 'python'), '-c', code], options),
    wandb: (args, options = {}) => run([join(BIN, 'wandb'), ...args], options),
    start: (name, [program = '', ...args], more = {}) =>
      startProcess({
        name,
        argv: [join(BIN, program), ...args],
        cwd: folder,
        env: { ...env, ...more },
        logFolder: folder,
      }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }

  function run(
    argv: readonly string[],
    { env: more = {}, timeoutMs = 60_000 }: { env?: Record<string, string>; timeoutMs?: number },
  ): Promise<CommandResult> {
    return runCommand(argv, { cwd: folder, env: { ...env, ...more }, timeoutMs })
  }
}
