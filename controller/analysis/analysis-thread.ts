// The service's side of the analysis worker: started with the first question, ended when nobody has asked for a while.
import { Worker } from 'node:worker_threads'
import { SweepError } from '../../sweeps/errors.ts'
import type { AnalysisAnswer, AnalysisRequest, AnalysisResults } from './analysis-worker.ts'

export interface AnalysisThread {
  /** Answers come in the order of the questions. @throws SweepError what the analysis refuses, or that it failed */
  ask<Type extends AnalysisRequest['type']>(
    request: Extract<AnalysisRequest, { type: Type }>,
  ): Promise<AnalysisResults[Type]>
}

/** A thread costs about 30 MB. */
const IDLE_MS = 60_000
/** So many questions wait at the most: each costs up to some seconds. */
const MAX_WAITING = 32

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** The thread does not keep the process alive. */
export function createAnalysisThread(): AnalysisThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let idle: NodeJS.Timeout | undefined
  let nextRequestId = 1

  function start(): Worker {
    const started = newThread()
    started.unref()
    started.on('message', (answer: AnalysisAnswer) => {
      const request = waiting.get(answer.requestId)
      waiting.delete(answer.requestId)
      if (waiting.size === 0) restLater()
      if ('result' in answer) request?.resolve(answer.result)
      else request?.reject(errorOf(answer))
    })
    started.on('error', (error) => fail(started, error.message))
    started.on('exit', () => fail(started, 'the thread ended'))
    return started
  }

  function fail(of: Worker, reason: string): void {
    if (worker !== of) return
    worker = null
    for (const { reject } of waiting.values())
      reject(new SweepError('INTERNAL', `the analysis failed: ${reason}`, { hint: 'Ask again.' }))
    waiting.clear()
  }

  function restLater(): void {
    clearTimeout(idle)
    idle = setTimeout(() => {
      const resting = worker
      worker = null
      void resting?.terminate()
    }, IDLE_MS).unref()
  }

  return {
    ask(request) {
      if (waiting.size >= MAX_WAITING) {
        return Promise.reject(
          new SweepError('TOO_MANY_REQUESTS', 'too many questions of analysis wait already', {
            hint: 'Ask again in some seconds.',
          }),
        )
      }
      clearTimeout(idle)
      const thread = (worker ??= start())
      return new Promise((resolve, reject) => {
        const requestId = nextRequestId++
        waiting.set(requestId, { resolve: (result) => resolve(result as never), reject })
        thread.postMessage({ requestId, request })
      })
    },
  }
}

function errorOf(answer: Exclude<AnalysisAnswer, { result: unknown }>): SweepError {
  const { message, refusal } = answer
  return refusal === undefined
    ? new SweepError('INTERNAL', `the analysis failed: ${message}`, { hint: 'Ask again.' })
    : new SweepError('REQUEST_INVALID', message, refusal)
}

function newThread(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./analysis-worker.js', import.meta.url))
  // Run from the sources (tsx, vitest): a thread does not inherit the loader.
  const file = JSON.stringify(new URL('./analysis-worker.ts', import.meta.url).href)
  return new Worker(`import('tsx/esm/api').then(({ register }) => (register(), import(${file})))`, {
    eval: true,
  })
}
