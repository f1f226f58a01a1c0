// A table of a sweep's runs for tests: made from a snapshot, as the page does, of rows that name only what matters; and
// messages that change it.
import type {
  ChangesMessage,
  LiveRun,
  MetricValue,
  RunState,
  SweepSnapshot,
} from '../../../web/api/records.ts'
import { SweepTable } from '../../../web/live/sweep-table.ts'

export interface TestRun {
  readonly id?: string
  readonly state?: RunState
  readonly value?: MetricValue | null
  readonly params?: Readonly<Record<string, unknown>>
  readonly createdAtMs?: number
  readonly startedAtMs?: number | null
  readonly finishedAtMs?: number | null
  readonly host?: string | null
  readonly tags?: string[]
  readonly notes?: string
}

export function aTable(runs: readonly TestRun[], goal: 'minimize' | 'maximize' = 'minimize'): SweepTable {
  const cells = <T>(read: (run: TestRun, row: number) => T): T[] => runs.map(read)
  const value = cells((run) => run.value ?? null)
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.params ?? {})))]
  return new SweepTable({
    schema: 'sweep.snapshot/1',
    seq: 1,
    count: runs.length,
    sweep: {
      id: 'swp00000',
      name: 'a sweep',
      project: 'default',
      metric: { name: 'loss', goal, summary: 'best', target: null },
    } as SweepSnapshot['sweep'], // what these tests read of it
    columns: {
      id: cells((run, row) => run.id ?? `run${String(row).padStart(5, '0')}`),
      name: cells((_, row) => `run ${row}`),
      state: cells((run) => run.state ?? 'finished'),
      value,
      bestStep: cells(() => null),
      attempt: cells(() => 1),
      createdAtMs: cells((run, row) => run.createdAtMs ?? row),
      startedAtMs: cells((run, row) => (run.startedAtMs === undefined ? row : run.startedAtMs)),
      finishedAtMs: cells((run, row) => (run.finishedAtMs === undefined ? row + 1000 : run.finishedAtMs)),
      host: cells((run) => run.host ?? 'gpu-1'),
      agentId: cells(() => 'agent000'),
      stopReason: cells(() => null),
      tags: cells((run) => run.tags ?? []),
      notes: cells((run) => run.notes ?? ''),
      group: cells(() => null),
      jobType: cells(() => null),
      rank: cells(() => null),
    },
    params: names.map((name) => ({
      name,
      kind: 'other' as const,
      values: cells((run) => run.params?.[name] ?? null),
    })),
    metrics: [{ name: 'loss', last: value, min: value, max: value, best: value }],
  })
}

/** The run in this row as a message tells it. */
export function liveRunOf(table: SweepTable, row: number): LiveRun {
  const value = table.numbers.value.isNaN(row) ? ('NaN' as const) : table.numbers.value.at(row)
  return {
    sweepId: table.sweep.id,
    project: 'default',
    id: table.ids[row] ?? '',
    name: table.text.name[row] ?? '',
    state: table.states[row] ?? 'queued',
    attempt: 1,
    createdAtMs: table.numbers.createdAtMs.at(row) ?? 0,
    tags: [],
    notes: '',
    params: Object.fromEntries(
      [...table.params.values()].flatMap(({ name, values }) =>
        values[row] === null ? [] : [[name, values[row]]],
      ),
    ),
    metrics: {},
    ...(value === null
      ? {}
      : {
          value:
            value === Infinity ? ('Infinity' as const) : value === -Infinity ? ('-Infinity' as const) : value,
        }),
    ...(table.numbers.startedAtMs.at(row) === null
      ? {}
      : { startedAtMs: table.numbers.startedAtMs.at(row) ?? 0 }),
    ...(table.numbers.finishedAtMs.at(row) === null
      ? {}
      : { finishedAtMs: table.numbers.finishedAtMs.at(row) ?? 0 }),
  }
}

/** The first message after the snapshot of `aTable`. */
export function aMessage(changes: Partial<ChangesMessage>): ChangesMessage {
  return { seq: 2, runs: [], sweeps: [], agents: [], events: [], ...changes }
}
