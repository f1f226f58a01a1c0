// `sweep rm`: erases sweeps and runs that have ended, with everything that is kept of them.
import type { GetRunResponse, RunJson } from '../../sweeps/run-schema.ts'
import type { RemoveResponse, ResolveResponse } from '../../sweeps/api-schema.ts'
import type { SweepJson } from '../../sweeps/sweep-schema.ts'
import { checkRunRemoval, checkSweepRemoval } from '../../sweeps/removal.ts'
import { refPath } from '../api-client.ts'
import { confirm } from '../ask.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { countOf, formatMetric } from '../show-values.ts'
import { fetchSweep } from '../sweep-state.ts'
import { printable } from '../terminal.ts'

interface Options {
  readonly dryRun: boolean
}

type Target =
  | { readonly kind: 'sweep'; readonly id: string; readonly sweep: SweepJson }
  | { readonly kind: 'run'; readonly id: string; readonly run: RunJson }

export const command = defineCommand<Options>({
  name: 'rm',
  summary: 'Erase sweeps or runs that have ended, with their metrics and logs',
  arguments: '<id...>',
  examples: [
    ['sweep rm k3v9r2td --dry-run', 'what would be lost'],
    ['sweep rm k3v9r2td', 'a sweep and all of its runs; asks before'],
    ['sweep rm q8x2m4kd r5t0w1bz --yes', 'two runs, without a question'],
  ],
  options: [{ flags: '--dry-run', description: 'erase nothing', default: false }],
  notes: [
    'Exit code 7 while a sweep or run has not ended, or the sweep of a run still proposes.',
    'Checkpoints on the training machines stay; so does the line in the change log.',
    'A run that is erased keeps its place in run_cap.',
  ],
  next: ['sweep export ID -o runs.csv      keep a copy before', 'sweep ls'],
  run: async (context, refs, options) => {
    const targets = await findTargets(context, refs)
    const losses = targets.map((target) => describeLoss(target))
    if (options.dryRun) {
      if (context.isJson) context.print(document(targets.map(countsOf), true))
      else for (const loss of losses) context.print(`Would remove ${loss}.`)
      return 0
    }
    await confirm(context, `Removing ${losses.join('; ')} cannot be undone.`)
    const removed: RemoveResponse['removed'][] = []
    try {
      for (const { kind, id } of targets) {
        const text = await context.api().delete(refPath(`${kind}s`, id))
        removed.push((JSON.parse(text) as RemoveResponse).removed) // the server's own schema
      }
    } finally {
      if (context.isJson) context.print(document(removed, false))
      else if (!context.globals.quiet) for (const one of removed) context.print(`Removed ${summaryOf(one)}.`)
    }
    return 0
  },
})

/** Everything is looked up, and checked, before the first thing is erased. */
async function findTargets(context: CommandContext, refs: readonly string[]): Promise<Target[]> {
  const api = context.api()
  const targets = new Map<string, Target>()
  for (const ref of refs) {
    const found = JSON.parse(await api.get(`/resolve/${encodeURIComponent(ref)}`)) as ResolveResponse // as above
    if (found.kind === 'sweep') {
      const sweep = await fetchSweep(api, found.id)
      checkSweepRemoval(sweep, sweep.counts.queued + sweep.counts.running)
      targets.set(sweep.id, { kind: 'sweep', id: sweep.id, sweep })
    } else {
      const { run } = JSON.parse(await api.get(refPath('runs', found.id))) as GetRunResponse // as above
      targets.set(run.id, { kind: 'run', id: run.id, run })
    }
  }
  const wanted = [...targets.values()].filter(
    (target) => target.kind === 'sweep' || target.run.sweepId === null || !targets.has(target.run.sweepId),
  )
  for (const target of wanted) {
    if (target.kind === 'sweep') continue
    const sweep = target.run.sweepId === null ? null : await fetchSweep(api, target.run.sweepId)
    const isOpen = target.run.attempts.some((attempt) => attempt.outcome === null)
    checkRunRemoval(target.run, sweep, isOpen)
  }
  return wanted
}

function describeLoss(target: Target): string {
  if (target.kind === 'run') {
    const { run } = target
    const value = run.value === null ? '' : `, value ${formatMetric(run.value, true)}`
    return `run ${run.id} (${run.state}${value}) with its metrics and logs`
  }
  const { sweep } = target
  const best =
    sweep.best === null ? '' : `, best ${formatMetric(sweep.best.value, true)} of ${sweep.best.runId}`
  const runs = countOf(countsOf(target).runs, 'run')
  return `sweep ${sweep.id} "${printable(sweep.name)}" (${sweep.state}${best}): ${runs} with their metrics and logs`
}

function countsOf(target: Target): RemoveResponse['removed'] {
  const { kind, id } = target
  if (target.kind === 'run') return { kind, id, name: target.run.name, runs: 1 }
  const runs = Object.values(target.sweep.counts).reduce((sum, count) => sum + count, 0)
  return { kind, id, name: target.sweep.name, runs }
}

function summaryOf({ kind, id, name, runs }: RemoveResponse['removed']): string {
  return kind === 'run' ? `run ${id}` : `sweep ${id} "${printable(name)}" and ${countOf(runs, 'run')}`
}

function document(removed: readonly RemoveResponse['removed'][], dryRun: boolean): string {
  return JSON.stringify({ schema: 'sweep.rm/1', removed, dryRun })
}
