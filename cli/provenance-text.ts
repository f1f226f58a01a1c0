// Where runs come from and how their machines fare, as `sweep show` prints it.
import type { ReadSystemResponse, RunJson } from '../sweeps/run-schema.ts'
import type { SweepJson } from '../sweeps/sweep-schema.ts'
import type { GitState, HostFacts, ProvenanceFacts } from '../sweeps/provenance.ts'
import { formatClockTime } from './durations.ts'
import { quoteForShell } from './shell-words.ts'
import { countOf } from './show-values.ts'

/** Name and value of a line. */
export type Fact = readonly [name: string, value: string]
export type SystemSampleJson = ReadSystemResponse['samples'][number]
type CommitJson = NonNullable<SweepJson['commits']>[number]

const SHORT = 7

/** Of the newest attempt that told; none when no attempt did. */
export function provenanceFacts(run: Pick<RunJson, 'attempts'>): Fact[] {
  const told = run.attempts.findLast((attempt) => attempt.provenance)
  const facts = told?.provenance
  if (facts === undefined || facts === null) return []
  return [
    ['command', facts.argv.map(quoteForShell).join(' ')],
    ['folder', facts.cwd],
    ['git', facts.git === null ? 'no repository' : gitLine(facts.git)],
    ...(facts.python === null ? [] : [['python', pythonLine(facts.python)] as const]),
    ...(facts.host === null ? [] : hostFacts(facts.host, facts.devices)),
  ]
}

function gitLine(git: GitState): string {
  const state =
    git.commit === null ? 'no commit yet' : `${git.commit.slice(0, SHORT)}${git.dirty ? '+changes' : ''}`
  const untracked = git.untracked?.count ?? 0
  return [
    `${state}${git.branch === null ? '' : ` on ${git.branch}`}`,
    ...(git.diff === null ? [] : [`diff of ${sizeOf(git.diff.bytes)}${git.diff.cut ? ', cut' : ''}`]),
    ...(untracked === 0 ? [] : [countOf(untracked, 'untracked file')]),
    git.remote ?? 'no remote',
  ].join(' · ')
}

function pythonLine({
  implementation,
  version,
  packages,
  executable,
}: NonNullable<ProvenanceFacts['python']>): string {
  const count = packages === null ? [] : [countOf(packages.count, 'package')]
  return [`${implementation} ${version}`, ...count, executable].join(' · ')
}

function hostFacts(host: HostFacts, devices: string | null): Fact[] {
  const { name, user, os, cpu, memoryBytes, container } = host
  const machine = [
    user === null ? name : `${user}@${name}`,
    `${os.name}, ${os.kernel}`,
    `${countOf(cpu.cores, 'core')}${cpu.model === null ? '' : ` of ${cpu.model}`}`,
    sizeOf(memoryBytes),
  ]
  return [
    ['machine', machine.join(' · ')],
    ...(host.gpus.length === 0 ? [] : [['gpus', gpuLine(host, devices)] as const]),
    ...(container === null
      ? []
      : [['image', `${container.image ?? 'not known'} (${container.kind})`] as const]),
  ]
}

function gpuLine(host: HostFacts, devices: string | null): string {
  const counts = new Map<string, number>()
  for (const { name } of host.gpus) counts.set(name, (counts.get(name) ?? 0) + 1)
  const models = [...counts].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`))
  const driver = host.gpus[0]?.driver
  return [
    models.join(', '),
    ...(driver ? [`driver ${driver}`] : []),
    ...(devices === null ? [] : [`this run saw ${devices}`]),
  ].join(' · ')
}

/** `cpu 93% · memory 41% · run 3.1 GB · gpu0 97% 61°C 412 W`: one sample on one line. */
export function systemFact(sample: SystemSampleJson): Fact {
  const value = (key: string) => sample.values[`system.${key}`] ?? null
  const percent = (name: string, key: string) => {
    const number = value(key)
    return number === null ? [] : [`${name} ${Math.round(number)}%`]
  }
  const resident = value('proc.memory.rssMB')
  const gpus = Object.keys(sample.values).flatMap((key) => /^system\.gpu\.(\d+)\.gpu$/.exec(key)?.[1] ?? [])
  const gpuParts = gpus.map((index) => {
    const part = (key: string, unit: string) => {
      const number = value(`gpu.${index}.${key}`)
      return number === null ? [] : [`${Math.round(number)}${unit}`]
    }
    return [`gpu${index}`, ...part('gpu', '%'), ...part('temp', '°C'), ...part('powerWatts', ' W')].join(' ')
  })
  const parts = [
    ...percent('cpu', 'cpu'),
    ...percent('memory', 'memory_percent'),
    ...percent('disk', 'disk.usagePercent'),
    ...(resident === null ? [] : [`run ${sizeOf(resident * 1e6)}`]),
    ...gpuParts,
  ]
  return ['system', `${parts.join(' · ')}  (${formatClockTime(Date.parse(sample.time))})`]
}

/** How a sweep's runs say where they come from: nothing, one state of the code, or a warning with all of them. */
export function commitLines(commits: readonly CommitJson[]): { facts: Fact[]; warnings: string[] } {
  const [first] = commits
  if (first === undefined) return { facts: [], warnings: [] }
  const names = commits.map((commit) => `${commitName(commit, commits)} (${countOf(commit.runs, 'run')})`)
  if (commits.length === 1)
    return { facts: first.commit === null ? [] : [['code', names.join('')]], warnings: [] }
  const areCommits = new Set(commits.map(({ commit }) => commit)).size === commits.length
  const what = areCommits ? 'commits' : 'states of the code'
  const shown = names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} more`] : names
  return { facts: [], warnings: [`! runs were made from ${commits.length} ${what}: ${shown.join(', ')}`] }
}

/** `4be1c0a`, `4be1c0a+changes`; with the hash of the changes where two of one commit differ in them. */
function commitName({ commit, dirty, diffHash }: CommitJson, all: readonly CommitJson[]): string {
  const name = commit === null ? 'no commit' : commit.slice(0, SHORT)
  if (!dirty) return name
  const isAlone = all.filter((other) => other.commit === commit && other.dirty).length === 1
  return `${name}+changes${isAlone || diffHash === null ? '' : `-${diffHash.slice(0, SHORT)}`}`
}

/** Decimal units: `412 B`, `3.1 GB`. */
export function sizeOf(bytes: number): string {
  for (const [unit, size] of [
    ['TB', 1e12],
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    // prettier-ignore
    if (bytes >= size) return `${Number((bytes / size).toPrecision(2))} ${unit}`
  }
  return `${bytes} B`
}
