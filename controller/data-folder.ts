// The controller's data folder: one controller at a time, the admin token, and who holds it, for other programs.
import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { acquireKernelLock } from '../runtime/kernel-lock.ts'
import type { Logger } from '../runtime/logger.ts'
import { createSecret, isDamagedToken, TOKEN_PATTERN } from '../sweeps/access-token.ts'
import { SweepError } from '../sweeps/errors.ts'
import { isLoopbackHost } from './middleware/host-check.ts'

export interface DataFolder {
  readonly dir: string
  readonly databaseFile: string
  readonly redisDir: string
  /** Content of files. */
  readonly blobDir: string
  readonly adminToken: string
  /** Leaves the address in `controller.json`, for commands that look for whoever holds this folder. */
  announce(url: string): Promise<void>
  /** Takes the announcement back and frees the lock. */
  release(): Promise<void>
}

export interface DataFolderOptions {
  readonly dir: string
  /** The address that will be listened on. */
  readonly host: string
  /** SWEEP_ADMIN_TOKEN: wins over the file. */
  readonly adminToken: string | undefined
  readonly log: Logger
}

/**
 * Makes the folder when it is missing, and locks it.
 * @throws SweepError DATA_FOLDER_IN_USE naming who holds it, or USAGE when the token or the address is refused
 */
export async function openDataFolder(options: DataFolderOptions): Promise<DataFolder> {
  const { dir, log } = options
  const tokenFile = join(dir, 'admin-token')
  const announcement = join(dir, 'controller.json')
  checkGivenToken(options.adminToken)
  checkAddress(options.host, options.adminToken !== undefined || existsSync(tokenFile))
  await makeFolder(dir)

  const lock = acquireKernelLock(join(dir, 'controller.lock'), { pid: process.pid, host: hostname() })
  if ('heldBy' in lock) throw await folderInUse(dir, lock.heldBy, announcement)
  try {
    const adminToken = options.adminToken ?? (await readOrMakeToken(tokenFile, log))
    return {
      dir,
      databaseFile: join(dir, 'sweep.db'),
      redisDir: join(dir, 'redis'),
      blobDir: join(dir, 'blobs'),
      adminToken,
      announce: (url) =>
        writeWhole(announcement, `${JSON.stringify({ url, pid: process.pid, host: hostname() })}\n`, 0o600),
      async release() {
        await rm(announcement, { force: true })
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

function checkGivenToken(token: string | undefined): void {
  if (token === undefined || isGoodToken(token)) return
  throw new SweepError('USAGE', `SWEEP_ADMIN_TOKEN is not a token (${token.length} characters)`, {
    hint: 'A token is 48 or more letters, digits and underscores: openssl rand -hex 32',
  })
}

function isGoodToken(token: string): boolean {
  return TOKEN_PATTERN.test(token) && !isDamagedToken(token)
}

function checkAddress(host: string, hasToken: boolean): void {
  if (isLoopbackHost(host) || hasToken) return
  throw new SweepError(
    'USAGE',
    `--host ${host}: other machines could reach a controller that has no token yet`,
    {
      hint:
        'Choose the token first: SWEEP_ADMIN_TOKEN=$(openssl rand -hex 32) sweep up --host ... ' +
        'Or start once without --host, which writes admin-token into the data folder.',
    },
  )
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new SweepError('USAGE', `data folder ${dir} cannot be made: ${(error as Error).message}`, {
      hint: 'Choose another one with --data or SWEEP_DATA.',
      cause: error,
    })
  }
}

async function folderInUse(
  dir: string,
  facts: Readonly<Record<string, unknown>> | null,
  announcement: string,
): Promise<SweepError> {
  const announced: unknown = await readFile(announcement, 'utf8')
    .then(JSON.parse)
    .catch(() => null)
  const url =
    typeof announced === 'object' && announced !== null && 'url' in announced ? String(announced.url) : null
  const who = [
    facts?.['pid'] === undefined ? null : `pid ${String(facts['pid'])}`,
    facts?.['host'] === undefined ? null : `on ${String(facts['host'])}`,
    url === null ? null : `at ${url}`,
  ].filter((part) => part !== null)
  return new SweepError(
    'DATA_FOLDER_IN_USE',
    `data folder ${dir} is held by another controller${who.length > 0 ? ` (${who.join(' ')})` : ''}`,
    {
      hint: 'Use that one, end it first, or give this one a folder of its own with --data.',
      details: { dir, ...(facts ?? {}), url },
    },
  )
}

async function readOrMakeToken(file: string, log: Logger): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new SweepError('USAGE', `${file} cannot be read: ${error.message}`, { cause: error })
  })
  if (text === null) {
    const token = createSecret('token', (n) => randomInt(n))
    await writeWhole(file, token, 0o600)
    log.info('controller.token_made', { file })
    return token
  }
  const token = text.trim()
  if (isGoodToken(token)) return token
  throw new SweepError('USAGE', `${file} does not hold a token`, {
    hint: 'Put 48 or more letters, digits and underscores into it, or remove it: then a new one is made.',
  })
}

/** Whole or not at all. */
async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  const draft = `${file}.${process.pid}.new`
  await writeFile(draft, text, { mode })
  await rename(draft, file)
}
