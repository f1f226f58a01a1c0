// What changed since a place in the change log, once or as a stream, and what a short name stands for.
import { Router, type Request } from 'express'
import {
  ReadChangesQuery,
  RefParams,
  StreamChangesQuery,
  type ReadChangesResponse,
  type ResolveResponse,
} from '../../sweeps/api-schema.ts'
import { ResolveQuery } from '../../sweeps/run-parts-schema.ts'
import type { SweepId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import { presentChange } from '../live/change-messages.ts'
import { streamChanges, type EventStreamOptions } from '../live/event-stream.ts'
import { resolveRef, resolveSweep } from '../resolve-ref.ts'
import { sendJson } from './send-json.ts'

export function createChangeRoutes({ store, changes, clientRuns }: ApiServices): Router {
  const router = Router()
  const findSweepId = async (ref: string | undefined): Promise<SweepId | null> =>
    ref === undefined ? null : (await resolveSweep(store, ref)).id

  router.get('/resolve/:ref', async (request, response) => {
    const { ref } = RefParams.parse(request.params)
    const { project } = ResolveQuery.parse(request.query)
    const named = project === undefined ? null : await clientRuns.find(project, ref)
    sendJson(
      response,
      named === null
        ? await resolveRef(store, ref, ['sweep', 'run'])
        : ({ kind: 'run', id: named.run.id, name: named.run.name } satisfies ResolveResponse),
    )
  })

  router.get('/changes', async (request, response) => {
    const { since, limit, sweep } = ReadChangesQuery.parse(request.query)
    const sweepId = await findSweepId(sweep)
    const newest = await store.lastSeq()
    const found = await store.readChanges(since, limit, sweepId === null ? {} : { sweepId, withAgents: true })
    // The oldest is asked last: what was forgotten meanwhile may be missing from what was found.
    if (since > newest || since + 1 < (await store.oldestSeq())) {
      sendJson(response, { changes: [], next: newest, reset: true } satisfies ReadChangesResponse)
      return
    }
    const last = found.at(-1)?.seq ?? since
    const answer: ReadChangesResponse = {
      changes: found.map(presentChange),
      // A page that is not full has told everything that had been committed before.
      next: found.length < limit ? Math.max(last, newest) : last,
      reset: false,
    }
    sendJson(response, answer)
  })

  router.get('/changes/stream', async (request, response) => {
    const { since, sweep } = StreamChangesQuery.parse(request.query)
    const sweepId = await findSweepId(sweep)
    await streamChanges(request, response, changes, { sweepId, since: lastEventId(request) ?? since ?? null })
  })

  return router
}

/** Where the reader was cut off; undefined when it begins. */
function lastEventId(request: Request): EventStreamOptions['since'] | undefined {
  const id = request.get('Last-Event-ID')
  if (id === undefined || id === '') return undefined
  return /^\d{1,15}$/.test(id) ? Number(id) : 'unreadable'
}
