// `sweep show`: one sweep or one run, with all that is known of it.
import type { GetRunResponse, ReadSystemResponse, RunJson, StopCheckJson } from '../../sweeps/run-schema.ts'
import type { GetSweepResponse, ListSpecVersionsResponse } from '../../sweeps/sweep-schema.ts'
import type { ResolveResponse } from '../../sweeps/api-schema.ts'
import { refPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import { proposalFacts } from '../proposal-text.ts'
import type { CommandContext } from '../command.ts'
import { commitLines, provenanceFacts, systemFact } from '../provenance-text.ts'
import type { SystemSampleJson } from '../provenance-text.ts'
import { durationOf } from '../ranking-text.ts'
import { flattenConfig, formatConfigValue, formatMetric, stateLabel } from '../show-values.ts'
import { layOutTable } from '../table.ts'
import { printable } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

interface Options {
  readonly config: boolean
  readonly versions: boolean
}

export const command = defineCommand<Options>({
  name: 'show',
  summary: 'Show one sweep or one run',
  arguments: '<id>',
  examples: [
    ['sweep show @last', 'the newest sweep: state, counts, best run'],
    ['sweep show q8x2m', 'a run: its config, values and attempts'],
    ['sweep show k3v9r2td --config', "the sweep's file, or the run's config, alone"],
  ],
  options: [
    { flags: '--config', description: 'only the config', default: false },
    { flags: '--versions', description: 'of a sweep: every version of its file', default: false },
  ],
  next: ['sweep best SWEEP', 'sweep runs SWEEP', 'sweep logs RUN', 'sweep reproduce RUN'],
  run: async (context, [ref = ''], options) => {
    const api = context.api()
    const { kind, id } = JSON.parse(await api.get(`/resolve/${encodeURIComponent(ref)}`)) as ResolveResponse // server's schema
    if (options.versions && kind === 'sweep') {
      await showVersions(context, id)
      return 0
    }
    const text = await api.get(refPath(kind === 'sweep' ? 'sweeps' : 'runs', id))
    if (context.isJson) {
      context.print(withSchema(text, 'sweep.show/1'))
      return 0
    }
    const answer = JSON.parse(text) as GetRunResponse & GetSweepResponse // one of the two, by kind
    if (kind === 'sweep') {
      if (options.config) context.io.stdout.write(answer.sweep.config)
      else for (const line of renderSweep(answer)) context.print(line)
    } else if (options.config) context.print(answer.run.configText)
    else {
      const hasTold = answer.run.attempts.some((attempt) => attempt.provenance)
      const sample = hasTold ? await newestSample(api, id) : null
      for (const line of renderRun(answer.run, context.width, sample)) context.print(line)
    }
    return 0
  },
})

async function showVersions(context: CommandContext, id: string): Promise<void> {
  const text = await context.api().get(refPath('sweeps', id, '/versions'))
  if (context.isJson) return context.print(withSchema(text, 'sweep.show/1'))
  const { versions } = JSON.parse(text) as ListSpecVersionsResponse // the server's own schema
  for (const { version, createdAt, config } of versions) {
    context.print(`# version ${version}, since ${createdAt}`)
    context.io.stdout.write(config.endsWith('\n') ? config : `${config}\n`)
  }
}

async function newestSample(api: ApiClient, id: string): Promise<SystemSampleJson | null> {
  const text = await api.get(refPath('runs', id, '/system'), { last: 1 })
  return (JSON.parse(text) as ReadSystemResponse).samples.at(-1) ?? null // the server's own schema
}

export function renderSweep({ sweep, advice, notices = [] }: GetSweepResponse): string[] {
  const { counts } = sweep
  const cap = [
    sweep.runCap === null ? null : `run_cap ${sweep.runCap}`,
    sweep.size === null ? null : `size ${sweep.size}`,
    sweep.maxParallel === null ? null : `max_parallel ${sweep.maxParallel}`,
  ].filter((part) => part !== null)
  const metric = sweep.metric
  const facts: [string, string][] = [
    ['project', sweep.project],
    ['method', [sweep.method, ...cap, `seed ${sweep.seed}`].join(' · ')],
    ['metric', metric ? `${metric.goal} ${metric.name} (${metric.summary})` : 'none'],
    [
      'runs',
      Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([state, count]) => `${count} ${state}`)
        .join(', ') || 'none yet',
    ],
    ['best', sweep.best ? `${formatMetric(sweep.best.value, false)}  run ${sweep.best.runId}` : 'none yet'],
    ...(advice ? ([['advice', `stop? ${advice.reason}`]] as [string, string][]) : []),
    ['created', sweep.createdAt],
    ['started', sweep.startedAt ?? '–'],
    ['ended', sweep.finishedAt ?? '–'],
    ['page', sweep.url],
  ]
  const code = commitLines(sweep.commits ?? [])
  const reason = sweep.stateReason === null ? '' : `: ${printable(sweep.stateReason)}`
  return [
    `${sweep.id}  "${printable(sweep.name)}"  ${stateLabel(sweep.state)}${reason}`,
    ...alignFacts([...facts, ...code.facts]),
    ...code.warnings,
    ...notices.map(({ text }) => `! ${printable(text)}`),
  ]
}

/** @param sample the newest of its machine; null: there is none */
export function renderRun(
  run: RunJson,
  width: number | null,
  sample: SystemSampleJson | null = null,
): string[] {
  const lines = [
    `${run.id}  "${printable(run.name)}"  ${stateLabel(run.state)}${run.stopReason === null ? '' : `: ${printable(run.stopReason)}`}`,
    ...alignFacts([
      ['sweep', run.sweepId ?? '–'],
      ['project', run.project],
      ['rank', run.rank === null ? '–' : String(run.rank)],
      [
        'value',
        `${formatMetric(run.value, false)}${run.bestStep === null ? '' : `  at step ${run.bestStep}`}`,
      ],
      ['took', durationOf(run)],
      ...(run.tags.length > 0 ? ([['tags', run.tags.join(', ')]] as [string, string][]) : []),
      ...(run.notes === '' ? [] : ([['notes', run.notes]] as [string, string][])),
    ]),
    '',
    ...layOutTable(
      [{ title: 'param' }, { title: 'value' }],
      flattenConfig(run.configText).map(([name, value]) => [
        printable(name),
        printable(formatConfigValue(value)),
      ]),
      { width },
    ),
  ]
  const metrics = Object.entries(run.summary)
  if (metrics.length > 0) {
    lines.push(
      '',
      ...layOutTable(
        ['metric', 'last', 'min', 'max', 'steps'].map((title) => ({ title })),
        metrics.map(([name, { last, min, max, steps }]) => [
          printable(name),
          ...[last, min, max].map((value) => formatMetric(value, width !== null)),
          String(steps),
        ]),
        { width },
      ),
    )
  }
  if ((run.checks ?? []).length > 0) lines.push('', ...renderChecks(run.checks ?? [], width))
  for (const { level, title, text } of run.alerts ?? [])
    lines.push(
      '',
      `alert ${level}: ${printable(title)}`,
      ...(text === '' ? [] : [printable(text, { keepLines: true })]),
    )
  if (run.attempts.length > 0) lines.push('', ...renderAttempts(run, width))
  const why = proposalFacts(run.suggestedBy)
  if (why.length > 0) lines.push('', ...alignFacts(why))
  const facts = [...provenanceFacts(run), ...(sample === null ? [] : [systemFact(sample)])]
  if (facts.length > 0) lines.push('', ...alignFacts(facts))
  return lines
}

const OUTCOME_WORDS = {
  kept: 'kept',
  stopped: 'stopped',
  control: 'lives on (audit)',
  unjudged: 'not judged',
} as const

/** Why early termination stopped or kept it, check by check. */
function renderChecks(checks: readonly StopCheckJson[], width: number | null): string[] {
  const isShort = width !== null
  const rows = checks.map(({ band, value, threshold, rank, of, outcome }) => [
    band === 0 ? 'NaN' : String(band),
    formatMetric(value, isShort),
    formatMetric(threshold, isShort),
    of === 0 ? '-' : `${rank}/${of}`,
    OUTCOME_WORDS[outcome],
  ])
  const titles = ['check', 'value', 'cut', 'rank', 'outcome']
  return layOutTable(
    titles.map((title) => ({ title })),
    rows,
    { width },
  )
}

function renderAttempts(run: RunJson, width: number | null): string[] {
  const rows = run.attempts.map((attempt) => [
    String(attempt.attempt),
    printable(attempt.host),
    attempt.agentId,
    attempt.outcome ?? 'open',
    attempt.exitCode === null ? (attempt.signal ?? '–') : String(attempt.exitCode),
    attempt.startedAt ?? '–',
    printable(attempt.reason ?? ''),
  ])
  const titles = ['attempt', 'host', 'agent', 'outcome', 'exit', 'started', 'reason']
  const lines = layOutTable(
    titles.map((title) => ({ title, isElastic: title === 'reason' })),
    rows,
    { width },
  )
  const tail = run.attempts.at(-1)?.stderrTail
  if (tail && run.state === 'failed') {
    lines.push(
      '',
      '  last words on stderr:',
      ...printable(tail.trimEnd(), { keepLines: true })
        .split('\n')
        .slice(-10)
        .map((line) => `    ${line}`),
    )
  }
  return lines
}

function alignFacts(facts: readonly (readonly [string, string])[]): string[] {
  return facts.map(([name, value]) => `  ${name.padEnd(8)}  ${printable(value)}`)
}
