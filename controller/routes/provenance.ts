// /runs/REF/provenance and /runs/REF/system: where an attempt comes from, and how its machine fared.
import { Router } from 'express'
import {
  ReadProvenanceQuery,
  ReadSystemQuery,
  type ReadProvenanceResponse,
  type ReadSystemResponse,
} from '../../sweeps/run-schema.ts'
import { RefParams } from '../../sweeps/api-schema.ts'
import type { ApiServices } from '../api-services.ts'
import { isoTime } from '../present.ts'
import { resolveRun } from '../resolve-ref.ts'
import { readProvenance, readSystemSamples } from '../run-provenance.ts'
import { sendJson } from './send-json.ts'

export function createProvenanceRoutes({ store }: ApiServices): Router {
  const router = Router()

  router.get('/runs/:ref/provenance', async (request, response) => {
    const query = ReadProvenanceQuery.parse(request.query)
    const run = await resolveRun(store, RefParams.parse(request.params).ref)
    const { attempt, facts, diff, packages } = await readProvenance(store, run, query.attempt ?? null)
    sendJson(response, {
      runId: run.id,
      attempt,
      provenance: facts,
      diff,
      packages: packages === null ? null : [...packages],
    } satisfies ReadProvenanceResponse)
  })

  router.get('/runs/:ref/system', async (request, response) => {
    const query = ReadSystemQuery.parse(request.query)
    const run = await resolveRun(store, RefParams.parse(request.params).ref)
    const samples = await readSystemSamples(store, run, query)
    sendJson(response, {
      samples: samples.map(({ attempt, sample }) => ({
        attempt,
        time: isoTime(sample.at),
        values: sample.values,
      })),
    } satisfies ReadSystemResponse)
  })

  return router
}
