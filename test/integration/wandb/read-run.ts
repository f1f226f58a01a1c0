// What our own API says of a run, for the tests of what clients of W&B report.
import type { Cluster } from '../../support/cluster.ts'

export interface ReadRun {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly project: string
  readonly sweepId: string | null
  readonly config: Readonly<Record<string, unknown>>
  readonly configText: string
  readonly value: unknown
  readonly summary: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly values: Readonly<Record<string, unknown>>
  readonly attempt: number
  readonly attempts: readonly {
    readonly attempt: number
    readonly outcome: string | null
    readonly exitCode: number | null
  }[]
  readonly stopReason: string | null
}

export interface ReadRow {
  readonly step: number
  readonly attempt: number
  readonly metrics: Readonly<Record<string, unknown>>
}

export async function readRun(cluster: Cluster, id: string): Promise<ReadRun> {
  return ((await getJson(cluster, `/runs/${id}`)) as { run: ReadRun }).run
}

export async function readRows(cluster: Cluster, id: string): Promise<readonly ReadRow[]> {
  const { rows } = (await getJson(cluster, `/runs/${id}/metrics`)) as { rows: readonly ReadRow[] }
  return rows
}

async function getJson(cluster: Cluster, path: string): Promise<unknown> {
  const response = await fetch(`${cluster.server}/api/v1${path}`, {
    headers: { authorization: `Bearer ${cluster.token}` },
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.json()
}
