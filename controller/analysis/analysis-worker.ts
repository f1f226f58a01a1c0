// The worker thread in which forests are grown and surfaces are modelled: seconds of arithmetic that requests and
// reports must not wait for. It keeps nothing between requests.
import { parentPort } from 'node:worker_threads'
import { assessParameters } from '../../sweeps/analysis/importance.ts'
import type { Importance } from '../../sweeps/analysis/importance.ts'
import { modelSurface } from '../../sweeps/analysis/surface.ts'
import type { Surface, SurfaceRun } from '../../sweeps/analysis/surface.ts'
import { parseSweepFile } from '../../sweeps/config.ts'
import { SweepError } from '../../sweeps/errors.ts'

export type AnalysisRequest =
  | {
      readonly type: 'importance'
      readonly configTexts: readonly string[]
      readonly values: readonly number[]
      readonly seed: number
    }
  | {
      readonly type: 'surface'
      readonly sweepText: string
      readonly runs: readonly SurfaceRun[]
      readonly x: string
      readonly y: string
    }

/** What each request is answered with. */
export interface AnalysisResults {
  readonly importance: Importance
  readonly surface: Surface | null
}

export type AnalysisAnswer =
  | { readonly requestId: number; readonly result: Importance | Surface | null }
  | {
      readonly requestId: number
      readonly message: string
      /** Of a SweepError. */
      readonly refusal?: { readonly hint: string; readonly at: string }
    }

const port = parentPort
if (port === null) throw new Error('analysis-worker.ts runs as a worker thread only')

port.on('message', ({ requestId, request }: { requestId: number; request: AnalysisRequest }) => {
  port.postMessage(answer(requestId, request))
})

function answer(requestId: number, request: AnalysisRequest): AnalysisAnswer {
  try {
    if (request.type === 'importance') {
      const { configTexts, values, seed } = request
      return { requestId, result: assessParameters(configTexts, values, seed) }
    }
    const { config } = parseSweepFile(request.sweepText)
    return { requestId, result: modelSurface(config, request.runs, request.x, request.y) }
  } catch (error) {
    const { message } = error as Error
    if (!(error instanceof SweepError)) return { requestId, message }
    return { requestId, message, refusal: { hint: error.hint ?? '', at: error.at ?? '' } }
  }
}
