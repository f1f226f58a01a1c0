// Starts simulated agents in a process of its own, so that it shares no thread with what is measured.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Resolves when it is ready. It ends when it is disconnected. @throws Error when it ends before it is ready */
export function startSimulated(
  args: readonly string[],
  onCompleted: () => void,
  program: 'simulated-agents' | 'simulated-reports' = 'simulated-agents',
): Promise<ChildProcess> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const path = fileURLToPath(new URL(`${program}.${extension}`, import.meta.url))
  const child = fork(path, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve(child)
      else if (message === 'completed') onCompleted()
    })
    child.once('exit', (code) => reject(new Error(`the simulated agents ended with ${code}`)))
  })
}
