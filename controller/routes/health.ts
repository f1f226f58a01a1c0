// Whether the process lives, whether it can work, and its figures for Prometheus.
import { Router } from 'express'
import type { HealthResponse } from '../../sweeps/api-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import type { ApiServices } from '../api-services.ts'
import { sendJson } from './send-json.ts'

const PING_LIMIT_MS = 3000

/** /healthz and /readyz: open without a token. */
export function createHealthRoutes({ store, dispatcher, version }: ApiServices): Router {
  const router = Router()

  router.get('/healthz', (_request, response) => {
    sendJson(response, { status: 'ok', version } satisfies HealthResponse)
  })

  router.get('/readyz', async (_request, response) => {
    await withinLimit(store.ping())
    const { leader, redis, problem } = dispatcher.health()
    if (!redis) {
      throw new SweepError('REDIS_UNAVAILABLE', problem ?? 'Redis does not answer', {
        hint: 'Agents go on training; nothing new starts until Redis is back.',
      })
    }
    sendJson(response, { status: 'ok', version, leader } satisfies HealthResponse)
  })

  return router
}

async function withinLimit(answer: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new SweepError('STORE_UNAVAILABLE', `the database has not answered for ${PING_LIMIT_MS / 1000} s`),
        ),
      PING_LIMIT_MS,
    )
  })
  try {
    await Promise.race([answer, limit])
  } finally {
    clearTimeout(timer)
  }
}
