// `sweep diff`: in what runs differ.
import type { GetRunResponse, ReadProvenanceResponse } from '../../sweeps/run-schema.ts'
import { RawJson, writeJson } from '../../sweeps/raw-json.ts'
import { refPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import { compareRuns } from '../run-differences.ts'
import type { ComparedRun, RunDifferences, Values } from '../run-differences.ts'
import { layOutTable } from '../table.ts'
import { printable } from '../terminal.ts'

const SECTIONS = ['config', 'code', 'python', 'packages', 'machine', 'environment', 'metrics'] as const

export const command = defineCommand({
  name: 'diff',
  summary: 'In what runs differ: config, code, packages, machine, results',
  arguments: '<run> <other...>',
  examples: [
    ['sweep diff q8x2m h40dn', 'two runs: what is equal is left out'],
    ['sweep diff q8x2m h40dn m2v7c', 'one column for each run'],
    ['sweep diff q8x2m h40dn --json | jq .config', 'for programs'],
  ],
  next: ['sweep show RUN', 'sweep reproduce RUN'],
  run: async (context, refs) => {
    const api = context.api()
    const runs: ComparedRun[] = []
    for (const ref of refs) runs.push(await readRun(api, ref))
    const differences = compareRuns(runs)
    if (context.isJson) context.print(differencesAsJson(runs, differences))
    else for (const line of renderDifferences(runs, differences, context.width)) context.print(line)
    return 0
  },
})

async function readRun(api: ApiClient, ref: string): Promise<ComparedRun> {
  const { run } = JSON.parse(await api.get(refPath('runs', ref))) as GetRunResponse // the server's own schemas
  const told = JSON.parse(await api.get(refPath('runs', run.id, '/provenance'))) as ReadProvenanceResponse
  return { run, told }
}

export function renderDifferences(
  runs: readonly ComparedRun[],
  differences: RunDifferences,
  width: number | null,
): string[] {
  const lines: string[] = []
  for (const section of SECTIONS) {
    const values: Values<string | number> = differences[section]
    if (values.size === 0) continue
    if (lines.length > 0) lines.push('')
    lines.push(
      ...layOutTable(
        [{ title: section }, ...runs.map(({ run }) => ({ title: run.id }))],
        [...values].map(([name, cells]) => [printable(name), ...cells.map((cell) => shown(cell, width))]),
        { width },
      ),
    )
  }
  if (lines.length === 0) lines.push('No difference in config, code, packages, machine and results.')
  for (const { run, told } of runs)
    if (told.provenance === null) lines.push(`! ${run.id} did not tell where it comes from.`)
  const commits = differences.code.get('commit')?.filter((commit) => commit !== null) ?? []
  const [first, second] = new Set(commits.map((commit) => commit.slice(0, 12)))
  if (first !== undefined && second !== undefined)
    lines.push('', `The code between them:  git diff ${first} ${second}`)
  return lines
}

/** On a terminal a hash is cut to what tells it apart. */
function shown(cell: string | number | null, width: number | null): string {
  if (cell === null) return '-'
  const text = printable(String(cell))
  return width !== null && /^[0-9a-f]{40,64}$/.test(text) ? text.slice(0, 12) : text
}

function differencesAsJson(runs: readonly ComparedRun[], differences: RunDifferences): string {
  const config = [...differences.config].map(([name, texts]) => [
    name,
    texts.map((text) => (text === null ? null : new RawJson(text))),
  ])
  const others = SECTIONS.slice(1).map((section) => [section, Object.fromEntries(differences[section])])
  return writeJson({
    schema: 'sweep.diff/1',
    runs: runs.map(({ run }) => run.id),
    config: Object.fromEntries(config) as object,
    ...(Object.fromEntries(others) as object),
  })
}
