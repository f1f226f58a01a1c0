// The results of the fault suite: one line a round in .chaos/<commit>.jsonl, outside git, so that a full tier can be
// run in parts; and the table made of them.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Violation } from './checker.ts'
import { countInjections } from './faults/fault.ts'
import type { CarriedOut, Fault, Round } from './faults/fault.ts'

export interface RoundResult {
  readonly fault: string
  readonly seed: number
  readonly at: string
  readonly durationMs: number
  readonly injections: readonly CarriedOut[]
  readonly violations: readonly Violation[]
}

export interface ResultFile {
  readonly path: string
  read(): RoundResult[]
  add(fault: Fault, seed: number, durationMs: number, round: Round): void
}

/** @param name the commit, and whether files differ from it */
export function openResults(folder: string, name: string): ResultFile {
  const path = join(folder, `${name}.jsonl`)
  return {
    path,
    read() {
      if (!existsSync(path)) return []
      const lines = readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
      return lines.map((line) => JSON.parse(line) as RoundResult) // written below
    },
    add(fault, seed, durationMs, round) {
      mkdirSync(folder, { recursive: true })
      const { injections, violations, evidence } = round
      const at = new Date().toISOString()
      const result: RoundResult = { fault: fault.id, seed, at, durationMs, injections, violations }
      appendFileSync(path, `${JSON.stringify(result)}\n`)
      if (evidence !== '') writeFileSync(join(folder, `${name}-${fault.id}-${seed}.json`), evidence)
    },
  }
}

/** The columns of the published table, and what of the violations belongs into each. */
const COLUMNS: readonly { readonly title: string; readonly has: (violation: Violation) => boolean }[] = [
  { title: 'lost', has: ({ invariant }) => invariant === 'I3' || invariant === 'I6' },
  { title: 'duplicated', has: ({ invariant }) => ['I1', 'I2', 'I5', 'I9'].includes(invariant) },
  {
    title: 'wrongly credited',
    has: ({ invariant, isFalseSuccess }) =>
      (invariant === 'I4' && isFalseSuccess !== true) || invariant === 'ledger',
  },
  { title: 'left over', has: ({ invariant }) => invariant === 'I11' },
  { title: 'false successes', has: ({ isFalseSuccess }) => isFalseSuccess === true },
  { title: 'other', has: ({ invariant }) => invariant === 'I10' || invariant === 'I13' },
]

/** A Markdown table, one row per fault with a result. */
export function formatResults(faults: readonly Fault[], results: readonly RoundResult[]): string {
  const titles = [
    'fault',
    'N',
    'wanted',
    'seeds',
    ...COLUMNS.map(({ title }) => title),
    'worst recovery',
    'time',
  ]
  const rows = faults.flatMap((fault) => {
    const own = results.filter((result) => result.fault === fault.id)
    if (own.length === 0) return []
    const injections = own.flatMap((result) => result.injections)
    const violations = own.flatMap((result) => result.violations)
    const recoveries = injections.flatMap(({ recoveryMs }) => (recoveryMs === null ? [] : [recoveryMs]))
    const seconds = own.reduce((sum, result) => sum + result.durationMs, 0) / 1000
    return [
      [
        `${fault.id} ${fault.title}`,
        String(countInjections(injections)),
        fault.isExhaustive === true ? 'every n' : String(fault.fullCount),
        describeSeeds(own.map((result) => result.seed)),
        ...COLUMNS.map(({ has }) => String(violations.filter(has).length)),
        recoveries.length === 0 ? '-' : `${(Math.max(...recoveries) / 1000).toFixed(1)} s`,
        `${seconds.toFixed(0)} s`,
      ],
    ]
  })
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}

/** As `1-5, 9`. */
function describeSeeds(seeds: readonly number[]): string {
  const sorted = [...new Set(seeds)].sort((left, right) => left - right)
  const parts: string[] = []
  for (let index = 0; index < sorted.length;) {
    let end = index
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end += 1
    parts.push(end === index ? String(sorted[index]) : `${sorted[index]}-${sorted[end]}`)
    index = end + 1
  }
  return parts.join(', ')
}
