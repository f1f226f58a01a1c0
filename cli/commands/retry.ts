// `sweep retry`: works failed and lost runs again, with the same configuration.
import type { GetRunResponse } from '../../sweeps/run-schema.ts'
import type { ResolveResponse } from '../../sweeps/api-schema.ts'
import type { RetryResponse } from '../../sweeps/sweep-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { nameOf, startAgentsHint } from '../edit-text.ts'
import { countOf } from '../show-values.ts'
import { withSchema } from '../with-schema.ts'

interface Options {
  readonly where?: string
  readonly max?: number
  readonly dryRun: boolean
}

export const command = defineCommand<Options>({
  name: 'retry',
  summary: 'Work failed and lost runs again',
  arguments: '<id> [runs...]',
  examples: [
    ['sweep retry k3v9r2td', 'every failed and lost run of the sweep'],
    ["sweep retry k3v9 -w 'state:failed host:gpu-3'", 'those that a filter takes'],
    ['sweep retry q8x2m4kd m2v7c0tr', 'these runs'],
  ],
  options: [
    { flags: '-w, --where <filter>', description: 'which runs (default: state:failed|lost)' },
    { flags: '--max <n>', description: 'so many at the most, the oldest first', parse: wholeNumber(1) },
    { flags: '--dry-run', description: 'say which, change nothing', default: false },
  ],
  notes: [
    'Same run, configuration, seed and checkpoint folder; a new attempt, before new proposals.',
    'A finished sweep is opened again, for these runs alone. By rule:  retry: {max_attempts: 3}',
  ],
  next: ['sweep runs ID -w state:queued', 'sweep logs RUN'],
  run: async (context, [ref = '', ...others], options) => {
    const found = await resolve(context, ref)
    const { sweepId, runIds } =
      found.kind === 'sweep'
        ? { sweepId: found.id, runIds: [] }
        : await sweepOfRuns(context, [ref, ...others])
    if (found.kind === 'sweep' && others.length > 0)
      throw new SweepError('USAGE', `"${ref}" is a sweep: name one sweep, or runs`)
    const { where, max, dryRun } = options
    const body = {
      dryRun,
      ...(where === undefined ? {} : { where }),
      ...(max === undefined ? {} : { max }),
      ...(runIds.length === 0 ? {} : { runIds }),
    }
    const text = await context.api().post(refPath('sweeps', sweepId, '/retry'), body)
    if (context.isJson) {
      context.print(withSchema(text, 'sweep.retry/1'))
      return 0
    }
    const answer = JSON.parse(text) as RetryResponse // the server's own schema
    if (context.globals.quiet) for (const id of answer.retried) context.print(id)
    else tell(context, answer, dryRun)
    return 0
  },
})

function tell(
  context: CommandContext,
  { sweep, retried, notRetried }: RetryResponse,
  isDryRun: boolean,
): void {
  for (const { runId, state } of notRetried) context.note(`${runId} is ${state}: it is not retried.`)
  if (retried.length === 0) context.print(`No failed or lost run of ${nameOf(sweep)} to retry.`)
  else
    context.print(
      `${isDryRun ? 'Would retry' : 'Retrying'} ${countOf(retried.length, 'run')} of ${nameOf(sweep)}: ${retried.slice(0, 10).join(' ')}${retried.length > 10 ? ' ...' : ''}`,
    )
  const hint = isDryRun || retried.length === 0 ? null : startAgentsHint(sweep)
  if (hint !== null) context.note(hint)
}

async function resolve(context: CommandContext, ref: string): Promise<ResolveResponse> {
  return JSON.parse(await context.api().get(`/resolve/${encodeURIComponent(ref)}`)) as ResolveResponse // the server's own schema
}

/** @throws SweepError USAGE when they are not of one sweep */
async function sweepOfRuns(
  context: CommandContext,
  refs: readonly string[],
): Promise<{ sweepId: string; runIds: string[] }> {
  const runIds: string[] = []
  const sweepIds = new Set<string | null>()
  for (const ref of refs) {
    const { run } = JSON.parse(await context.api().get(refPath('runs', ref))) as GetRunResponse // the server's own schema
    runIds.push(run.id)
    sweepIds.add(run.sweepId)
  }
  const [sweepId] = sweepIds
  if (sweepIds.size > 1) throw new SweepError('USAGE', 'these runs are of several sweeps: name those of one')
  if (typeof sweepId !== 'string')
    throw new SweepError('USAGE', `${refs[0]} is in no sweep: nobody dispatches it`)
  return { sweepId, runIds }
}
