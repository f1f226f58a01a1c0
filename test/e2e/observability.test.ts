// The figures and the log of a real controller after real runs.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { lintMetric, parsePrometheusText } from '../support/prometheus-text.ts'
import type { MetricFamily } from '../support/prometheus-text.ts'
import { waitFor } from '../support/wait.ts'

let cluster: Cluster
let families: Map<string, MetricFamily>
const WRONG_TOKEN = 'wrongCANARY'.padEnd(60, '0')
const QUERY_TOKEN = 'queryCANARY'.padEnd(60, '1')

/** Two points in each of three rows; the run with x 3 fails. */
const TRAINING = `
const x = Number(process.argv[2].split('=')[1])
for (let step = 0; step < 3; step++) console.log(JSON.stringify({ step, loss: x, acc: 1 }))
process.exit(x === 3 ? 1 : 0)
`

beforeAll(async () => {
  cluster = await startCluster({ env: { SWEEP_DEBUG: '1' } })
  const script = cluster.writeFile('train.mjs', TRAINING)
  const file = cluster.writeFile(
    'sweep.yaml',
    `method: grid
metric: {name: loss, goal: minimize}
command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(script)}, "\${args_no_hyphens}"]
parameters: {x: {values: [1, 2, 3]}}
`,
  )
  const sweepId = await cluster.create(file)
  const agent = cluster.startAgent({ name: 'agent', sweepIds: [sweepId] })
  expect((await cluster.sweep(['wait', sweepId])).code, cluster.logs()).toBe(0)
  await waitFor('the agent leaves', () => agent.exit() !== null)
  const get = (path: string, token: string) =>
    fetch(cluster.server + path, { headers: { authorization: `Bearer ${token}` } })
  expect((await get('/api/v1/sweeps', WRONG_TOKEN)).status).toBe(401)
  expect((await get(`/api/v1/sweeps?token=${QUERY_TOKEN}`, cluster.token)).status).toBe(400)
  await waitFor('the tunnels are closed', async () => {
    families = parsePrometheusText(await (await get('/metrics', cluster.token)).text())
    return valueOf('sweep_tunnel_connections') === 0
  })
}, 120_000)
afterAll(() => cluster.close())

function valueOf(sample: string): number | undefined {
  const name = /^[a-z_]+?(?=(?:_bucket|_sum|_count)?(?:\{|$))/.exec(sample)?.[0] ?? ''
  return (families.get(sample) ?? families.get(name))?.samples.get(sample)
}

describe('the figures', () => {
  test.each([
    ['sweep_sweeps{state="finished"}', 1],
    ['sweep_runs{state="finished"}', 2],
    ['sweep_runs{state="failed"}', 1],
    ['sweep_runs{state="queued"}', 0],
    ['sweep_agents{state="left"}', 1],
    ['sweep_runs_started_total', 3],
    ['sweep_runs_ended_total{state="finished"}', 2],
    ['sweep_runs_ended_total{state="failed"}', 1],
    ['sweep_runs_ended_total{state="lost"}', 0],
    ['sweep_attempts_started_total', 3],
    ['sweep_attempts_ended_total{outcome="finished"}', 2],
    ['sweep_attempts_ended_total{outcome="failed"}', 1],
    ['sweep_attempts_open{state="offered"}', 0],
    ['sweep_attempts_open{state="accepted"}', 0],
    ['sweep_slots', 0],
    ['sweep_slots_busy', 0],
    ['sweep_proposals_total{method="grid"}', 3],
    ['sweep_metric_points_ingested_total', 18],
    ['sweep_dispatch_gap_seconds_count', 2],
    ['sweep_dispatch_accept_seconds_count', 3],
    ['sweep_reports_superseded_total', 0],
    ['sweep_entries_poisoned_total', 0],
    ['sweep_ingest_lag_seconds', 0],
    ['sweep_http_refused_total{reason="unauthorized"}', 1],
    ['sweep_http_request_duration_seconds_count{method="POST",route="/sweeps",status="201"}', 1],
    ['sweep_store_errors_total', 0],
    ['sweep_leader', 1],
    ['sweep_redis_up', 1],
    ['sweep_database_up', 1],
  ])('%s is %d', (sample, value) => {
    expect(valueOf(sample)).toBe(value)
  })

  test.each([
    'sweep_reports_ingested_total',
    'sweep_report_store_delay_seconds_count',
    'sweep_store_commit_duration_seconds_sum',
    'sweep_store_commit_units_count',
    'sweep_suggestion_duration_seconds_count{method="grid"}',
    'sweep_tunnel_bytes_total{direction="in"}',
    'sweep_tunnel_bytes_total{direction="out"}',
    'process_resident_memory_bytes',
  ])('%s has risen', (sample) => {
    expect(valueOf(sample)).toBeGreaterThan(0)
  })

  test('follow the rules of Prometheus, in names, help, types and values', () => {
    expect([...families.values()].flatMap(lintMetric)).toEqual([])
  })

  test('have no id in a label', () => {
    const values = [...families.values()]
      .filter(({ name }) => name.startsWith('sweep_'))
      .flatMap(({ samples }) => [...samples.keys()])
      .flatMap((sample) => [...sample.matchAll(/="([^"]*)"/g)].map(([, value = '']) => value))
    expect(values.filter((value) => /^[0-9a-z]{8}$/.test(value) && /\d/.test(value))).toEqual([])
    expect(values).toContain('/sweeps/:ref')
  })
})

describe('the log', () => {
  test('is JSON lines, each with time, level and event', () => {
    const lines = cluster.controller().stderr().trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(5)
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({
        time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        level: expect.stringMatching(/^(error|warn|info|debug)$/) as string,
        event: expect.stringMatching(/^[a-z]+\.[a-z_]+$/) as string,
      })
  })

  test('tells of a request that changed something, by its id', () => {
    const line = cluster
      .controller()
      .stderr()
      .split('\n')
      .find((text) => text.includes('"route":"/sweeps"') && text.includes('"status":201'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'info',
      event: 'http.answered',
      requestId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      method: 'POST',
      ms: expect.any(Number) as number,
    })
  })

  test('holds no token, of whoever it is, and no password', () => {
    const folder = join(cluster.folder, 'logs')
    const text = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('')
    expect(text).toContain('http.answered') // debug lines are among them
    for (const secret of [cluster.token, cluster.redisLogin().password, WRONG_TOKEN, QUERY_TOKEN])
      expect(text).not.toContain(secret)
  })
})
