// A sweep on three hosts of four GPUs each: one agent is killed, one host is cut off for longer than a lease, one is slow.
// Hosts are network namespaces, GPUs a fake nvidia-smi; everything else is real.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { judge } from '../chaos/checker.ts'
import type { RunView } from '../chaos/checker.ts'
import { judgeHost, readHistory, readRuns } from '../chaos/evidence.ts'
import { cellsOf, countStartedRuns, gridOf, ledgerSweepFile, readLedger } from '../chaos/ledger.ts'
import type { Ledger } from '../chaos/ledger.ts'
import { repositoryRoot, startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { installFakeNvidiaSmi } from '../support/fake-nvidia-smi.ts'
import { createNetworkNamespace, whyNoNamespaces } from '../support/network-namespace.ts'
import type { NetworkNamespace } from '../support/network-namespace.ts'
import type { TestProcess } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

const CELLS = 180
const STEPS = 4
const LEASE_MS = 5_000
const GPUS = 4
const SLOWNESS = 4
const obstacle = whyNoNamespaces()

test(
  'three hosts, one killed, one cut off, one slow: every cell is worked once, each training on a GPU of its own',
  { timeout: 180_000 },
  async ({ skip }) => {
    if (obstacle !== null) skip(`network namespaces need root and iproute2 (${obstacle})`)
    const hosts = [createNetworkNamespace(), createNetworkNamespace(), createNetworkNamespace()] as const
    const [killed, cutOff, slow] = hosts
    let cluster: Cluster | null = null
    try {
      for (const host of hosts) host.routeToHost()
      cluster = await startCluster({
        host: killed.hostAddress,
        lease: `${LEASE_MS / 1000}s`,
        adminToken: randomBytes(32).toString('hex'),
      })
      const timeline = new Timeline()
      const ledgerPath = join(cluster.folder, 'ledger.jsonl')
      const sweepId = await cluster.create(cluster.writeFile('sweep.json', sweepText(ledgerPath)))
      const start = hostStarter(cluster, sweepId)
      const first = start('killed', killed)
      const others = [start('cut-off', cutOff), start('slow', slow, { CHAOS_SLOWNESS: `${SLOWNESS}` })]
      const started = (count: number) =>
        waitFor(`${count} runs have started`, () => countStartedRuns(readLedger(ledgerPath)) >= count, {
          timeoutMs: 60_000,
        })

      await started(30)
      timeline.note('the agent of "killed" gets SIGKILL')
      first.signal('SIGKILL')
      await first.exited
      others.push(start('killed', killed))
      timeline.note('another one is started there')

      await started(60)
      timeline.note('"cut-off" is cut off')
      cutOff.cut()
      const lost = await waitFor(
        'the runs of "cut-off" are taken back',
        () => lostOn(cluster!, sweepId, 'cut-off', ledgerPath),
        {
          timeoutMs: 30_000,
        },
      )
      timeline.note(`its ${lost} runs are taken back after the lease; it is connected again`)
      cutOff.heal()

      const waited = await cluster.sweep(['wait', sweepId, '--timeout', '90s'], { timeoutMs: 100_000 })
      expect(waited.code, cluster.logs()).toBe(0)
      timeline.note('the sweep is finished')
      for (const agent of others) await agent.exited
      expect(others.map((agent) => agent.exit()?.code)).toEqual([0, 0, 0])

      const runs = await readRuns(cluster, sweepId, CELLS)
      const ledger = readLedger(ledgerPath)
      const verdict = judge({
        cells: cellsOf(gridOf(CELLS)),
        steps: STEPS,
        leaseMs: LEASE_MS,
        runs,
        history: await readHistory(cluster, sweepId),
        ledger,
      })
      process.stdout.write(timeline.text(ledger, runs))
      expect(verdict.violations, cluster.logs(40)).toEqual([])
      expectOwnGpus(ledger)
      expect(await judgeHost(cluster)).toEqual([])
    } finally {
      cutOff.heal()
      await cluster?.close()
      for (const host of hosts) host.remove()
    }
  },
)

function sweepText(ledgerPath: string): string {
  return ledgerSweepFile({
    grid: gridOf(CELLS),
    nodePath: process.execPath,
    scriptPath: join(repositoryRoot, 'test', 'chaos', 'ledger-train.mjs'),
    ledgerPath,
    steps: STEPS,
    minMs: 500,
    maxMs: 1500,
  })
}

type StartOnHost = (
  name: string,
  host: NetworkNamespace,
  env?: Readonly<Record<string, string>>,
) => TestProcess

/** Each host has GPUs of its own; its agents share a folder of locks. */
function hostStarter(cluster: Cluster, sweepId: string): StartOnHost {
  const paths = new Map<string, string>()
  return (name, host, env = {}) => {
    const folder = join(cluster.folder, `host-${name}`)
    if (!paths.has(name)) {
      mkdirSync(folder)
      paths.set(name, installFakeNvidiaSmi(folder, GPUS).binFolder)
    }
    return cluster.startAgent({
      name,
      sweepIds: [sweepId],
      slots: GPUS,
      launcher: ['ip', 'netns', 'exec', host.name],
      env: {
        ...env,
        PATH: `${paths.get(name)}:${process.env['PATH']}`,
        SWEEP_GPU_LOCKS: join(folder, 'locks'),
        CHAOS_AGENT: name,
      },
    })
  }
}

/** How many attempts were lost that started on that host and are no one else's; null: none yet. */
async function lostOn(
  cluster: Cluster,
  sweepId: string,
  host: string,
  ledgerPath: string,
): Promise<number | null> {
  const runs = await readRuns(cluster, sweepId, CELLS)
  const there = new Set(
    readLedger(ledgerPath).lines.flatMap((line) =>
      line.event === 'start' && line.agent === host ? [`${line.runId}-${line.attempt}`] : [],
    ),
  )
  const lost = runs.flatMap((run) =>
    run.attempts.filter(({ attempt, outcome }) => outcome === 'lost' && there.has(`${run.id}-${attempt}`)),
  )
  return lost.length === 0 ? null : lost.length
}

/** No two trainings that came to their end were at work on one GPU of one host at one time. */
function expectOwnGpus({ lines }: Ledger): void {
  const ends = new Map(
    lines.flatMap((line) =>
      line.event === 'end' ? [[`${line.runId}-${line.attempt}`, line.at] as const] : [],
    ),
  )
  const freeFrom = new Map<string, number>()
  const starts = lines.flatMap((line) => (line.event === 'start' ? [line] : []))
  for (const line of starts.toSorted((a, b) => a.at - b.at)) {
    expect(line.gpus).toMatch(/^[0-3]$/)
    const endedAt = ends.get(`${line.runId}-${line.attempt}`)
    if (endedAt === undefined) continue
    const gpu = `${line.agent} ${line.gpus}`
    expect(line.at, `${line.runId} on GPU ${gpu}`).toBeGreaterThanOrEqual(freeFrom.get(gpu) ?? 0)
    freeFrom.set(gpu, endedAt)
  }
  expect(new Set(freeFrom.keys()).size).toBe(3 * GPUS)
}

class Timeline {
  readonly #startedAt = Date.now()
  readonly #notes: { readonly at: number; readonly text: string }[] = []

  note(text: string): void {
    this.#notes.push({ at: Date.now(), text })
  }

  /** What was done, and what each host had started and ended in each stretch between. */
  text({ lines }: Ledger, runs: readonly RunView[]): string {
    const hostOf = new Map(
      lines.flatMap((line) =>
        line.event === 'start' ? [[`${line.runId}-${line.attempt}`, line.agent ?? ''] as const] : [],
      ),
    )
    let from = 0
    const rows = this.#notes.map(({ at, text }) => {
      const within = lines.filter((line) => line.at >= from && line.at < at)
      from = at
      const counts = [...new Set(hostOf.values())].map((host) => {
        const count = (event: string) =>
          within.filter(
            (line) => line.event === event && hostOf.get(`${line.runId}-${line.attempt}`) === host,
          ).length
        return `${host} ${count('start')}/${count('end')}`
      })
      return `${`+${((at - this.#startedAt) / 1000).toFixed(1)} s`.padStart(9)}  ${text}; since before, started/ended: ${counts.join(', ')}\n`
    })
    const again = runs.filter((run) => run.attempts.length > 1).length
    return `${rows.join('')}${runs.length} runs finished, ${again} of them after more than one attempt\n`
  }
}
