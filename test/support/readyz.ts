// GET /readyz of a cluster's controller.
import type { ReadyResponse } from '../../sweeps/api-schema.ts'
import type { Cluster } from './cluster.ts'
import { waitFor } from './wait.ts'

export interface ReadyAnswer extends ReadyResponse {
  readonly httpStatus: number
}

export async function readReady(cluster: Cluster): Promise<ReadyAnswer> {
  const response = await fetch(`${cluster.server}/readyz`)
  return { httpStatus: response.status, ...((await response.json()) as ReadyResponse) }
}

/** Looks until the answer is as wanted. */
export function waitForReadiness(
  cluster: Cluster,
  what: string,
  isWanted: (answer: ReadyAnswer) => boolean,
): Promise<ReadyAnswer> {
  let last: ReadyAnswer | null = null
  return waitFor(
    `/readyz says that ${what}`,
    async () => {
      last = await readReady(cluster).catch((error: unknown) => {
        throw new Error(`/readyz does not answer: ${cluster.logs()}`, { cause: error })
      })
      return isWanted(last) ? last : null
    },
    { timeoutMs: 30_000, details: () => `${JSON.stringify(last, null, 2)}\n${cluster.logs()}` },
  )
}
