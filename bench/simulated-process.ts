// Starts bench/simulated-agents.ts in a process of its own, so that it shares no thread with what is measured.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Resolves when it is ready. It ends when it is disconnected. @throws Error when it ends before it is ready */
export function startSimulated(args: readonly string[], onCompleted: () => void): Promise<ChildProcess> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const program = fileURLToPath(new URL(`simulated-agents.${extension}`, import.meta.url))
  const child = fork(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve(child)
      else if (message === 'completed') onCompleted()
    })
    child.once('exit', (code) => reject(new Error(`the simulated agents ended with ${code}`)))
  })
}
