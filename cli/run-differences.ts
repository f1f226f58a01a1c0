// In what runs differ: their config, their code, their Python, their machine, their results. Equal facts are left out.
import type { ReadProvenanceResponse, RunJson } from '../sweeps/run-schema.ts'
import { writeConfigText } from '../sweeps/config-text.ts'
import type { MetricValue } from '../sweeps/protocol.ts'
import { flattenConfig } from './show-values.ts'

export interface ComparedRun {
  readonly run: RunJson
  readonly told: ReadProvenanceResponse
}

/** One fact's value in each run, in the order of the runs; null: the run does not have it, or did not tell. */
export type Values<T> = ReadonlyMap<string, readonly (T | null)[]>

export interface RunDifferences {
  /** JSON text of each value: 1 and 1.0 differ. */
  readonly config: Values<string>
  readonly code: Values<string>
  readonly python: Values<string>
  /** Versions by package. */
  readonly packages: Values<string>
  readonly machine: Values<string>
  readonly environment: Values<string>
  /** `loss last`, `loss best` */
  readonly metrics: Values<MetricValue>
}

export function compareRuns(runs: readonly ComparedRun[]): RunDifferences {
  return {
    config: differing(runs, ({ run }) =>
      flattenConfig(run.configText).map(([name, value]) => [name, writeConfigText(value)]),
    ),
    code: differing(runs, codeOf),
    python: differing(runs, ({ told: { provenance } }) => [
      ['version', provenance?.python?.version],
      ['implementation', provenance?.python?.implementation],
      ['executable', provenance?.python?.executable],
    ]),
    packages: differing(runs, ({ told }) =>
      (told.packages ?? []).map((line) => {
        const [name = '', version = ''] = line.split('==')
        return [name.toLowerCase().replaceAll('_', '-'), version]
      }),
    ),
    machine: differing(runs, machineOf),
    environment: differing(runs, ({ told }) => Object.entries(told.provenance?.environment ?? {})),
    metrics: differing(runs, ({ run }) =>
      Object.entries(run.summary).flatMap(([name, { last, best }]) => [
        [`${name} last`, last],
        [`${name} best`, best],
      ]),
    ),
  }
}

function codeOf({ told: { provenance } }: ComparedRun): [string, string | null | undefined][] {
  const git = provenance?.git
  return [
    ['commit', git?.commit],
    ['branch', git?.branch],
    ['remote', git?.remote],
    ['folder', git?.folder],
    ['changes', git?.dirty === true ? (git.diff?.sha256 ?? 'not known') : git && 'none'],
    ['sweep', provenance?.agentVersion],
  ]
}

function machineOf({ told: { provenance } }: ComparedRun): [string, string | null | undefined][] {
  const host = provenance?.host
  return [
    ['host', host?.name],
    ['user', host?.user],
    ['system', host?.os.name],
    ['kernel', host?.os.kernel],
    ['architecture', host?.os.arch],
    ['cpu', host?.cpu.model],
    ['cores', host && String(host.cpu.cores)],
    ['memory', host && String(host.memoryBytes)],
    ['gpus', host && host.gpus.map(({ name }) => name).join(', ')],
    ['driver', host?.gpus[0]?.driver],
    ['image', host?.container?.image],
  ]
}

/** The facts whose values are not the same in all runs, in the order in which the runs name them. */
function differing<T extends string | number>(
  runs: readonly ComparedRun[],
  factsOf: (run: ComparedRun) => readonly (readonly [name: string, value: T | null | undefined])[],
): Map<string, (T | null)[]> {
  const facts = runs.map((run) => new Map(factsOf(run)))
  const names = new Set(facts.flatMap((known) => [...known.keys()]))
  const found = new Map<string, (T | null)[]>()
  for (const name of names) {
    const values = facts.map((known) => known.get(name) ?? null)
    if (new Set(values).size > 1) found.set(name, values)
  }
  return found
}
