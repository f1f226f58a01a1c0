// Runs a short program for its output: with a time limit, a limit on the output, nothing on standard input, and
// never an error for the caller: a program that is missing, fails to start or hangs gives null.
import { spawn } from 'node:child_process'

export interface ToolOptions {
  readonly cwd?: string
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** After this long it is killed, and null is the answer. */
  readonly limitMs: number
  /** After so many bytes it is killed, and what came before is the answer. */
  readonly maxBytes: number
  /** Kills it, and null is the answer. */
  readonly signal?: AbortSignal
}

export interface ToolOutput {
  readonly stdout: Buffer
  /** null when it was killed for its long output. */
  readonly exitCode: number | null
  readonly isCut: boolean
}

/** Never rejects. Standard error is not read. */
export function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<ToolOutput | null> {
  return new Promise((resolve) => {
    if (options.signal?.aborted) return resolve(null)
    const child = startTool(program, args, options)
    if (child === null) return resolve(null)
    const chunks: Buffer[] = []
    let bytes = 0
    let isCut = false
    const settle = (output: ToolOutput | null) => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abandon)
      child.stdout.destroy()
      resolve(output)
    }
    const abandon = () => {
      child.kill('SIGKILL')
      settle(null)
    }
    const timer = setTimeout(abandon, options.limitMs)
    options.signal?.addEventListener('abort', abandon, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      if (isCut) return
      const taken = chunk.subarray(0, options.maxBytes - bytes)
      chunks.push(taken)
      bytes += taken.length
      if (taken.length === chunk.length) return
      isCut = true
      child.kill('SIGKILL')
    })
    child.on('error', () => settle(null))
    child.on('close', (exitCode) =>
      settle({ stdout: Buffer.concat(chunks), exitCode: isCut ? null : exitCode, isCut }),
    )
  })
}

function startTool(program: string, args: readonly string[], options: ToolOptions) {
  try {
    const { cwd, env } = options
    return spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    })
  } catch {
    return null // e.g. a NUL byte in the name
  }
}
