// An agent's folder: `agents/<machine id>/<k>` in its data directory, the first free k, under a kernel lock. It holds
// the agent's id and key (agent.json), its journal and the files of its runs.
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { acquireKernelLock } from '../runtime/kernel-lock.ts'
import type { KernelLock } from '../runtime/kernel-lock.ts'
import { readMachineId } from '../runtime/machine-id.ts'

/** Who the agent is. The key is a secret made with the folder: it proves that the id is its own. */
export interface AgentIdentity {
  /** Given by the server; null before the first registration. */
  readonly agentId: string | null
  readonly agentKey: string
}

export interface AgentFolder {
  readonly path: string
  readonly identity: AgentIdentity
  /** Keeps the id that the server gave, on disk when it returns. */
  saveAgentId(agentId: string): void
  /** Folder of one attempt's files, made when missing. */
  runFolder(key: string): string
  /** Removes what earlier incarnations left in the folders of their runs. */
  clearRunFolders(): void
  release(): void
}

const MAX_AGENTS_PER_MACHINE = 10_000

/** @throws Error when the data directory cannot be written */
export function takeAgentFolder(dataDirectory: string): AgentFolder {
  const machineFolder = join(dataDirectory, 'agents', readMachineId())
  for (let k = 1; k <= MAX_AGENTS_PER_MACHINE; k++) {
    const path = join(machineFolder, String(k))
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const lock = acquireKernelLock(join(path, 'lock'), { pid: process.pid, host: hostname() })
    if ('release' in lock) return openFolder(path, lock)
  }
  throw new Error(`${machineFolder} has ${MAX_AGENTS_PER_MACHINE} agents that are alive`)
}

function openFolder(path: string, lock: KernelLock): AgentFolder {
  const identityFile = join(path, 'agent.json')
  const runsFolder = join(path, 'runs')
  let identity: AgentIdentity
  try {
    identity = readIdentity(identityFile) ?? makeIdentity(identityFile)
  } catch (error) {
    lock.release()
    throw error
  }
  return {
    path,
    get identity() {
      return identity
    },
    saveAgentId(agentId) {
      identity = { ...identity, agentId }
      writeIdentity(identityFile, identity)
    },
    runFolder(key) {
      const folder = join(runsFolder, key)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      return folder
    },
    clearRunFolders: () => rmSync(runsFolder, { recursive: true, force: true }),
    release: () => lock.release(),
  }
}

/** null when there is none, or a crash left one that cannot be read: the folder is then a new agent's. */
function readIdentity(file: string): AgentIdentity | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (
      error instanceof SyntaxError ||
      (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    )
      return null
    throw error
  }
  if (typeof parsed !== 'object' || parsed === null || !('agentKey' in parsed)) return null
  const { agentKey } = parsed
  const agentId = 'agentId' in parsed && typeof parsed.agentId === 'string' ? parsed.agentId : null
  return typeof agentKey === 'string' ? { agentId, agentKey } : null
}

function makeIdentity(file: string): AgentIdentity {
  const identity = { agentId: null, agentKey: randomBytes(32).toString('hex') }
  writeIdentity(file, identity)
  return identity
}

/** Whole or not at all, readable by its owner only. */
function writeIdentity(file: string, identity: AgentIdentity): void {
  const temporary = `${file}.new`
  const handle = openSync(temporary, 'w', 0o600)
  try {
    writeSync(handle, `${JSON.stringify(identity)}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(temporary, file)
}
