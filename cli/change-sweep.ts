// What `pause`, `resume`, `stop` and `cancel` share: one request per sweep, and words that say what it means.
import type { ChangeSweepResponse, SweepAction, SweepJson } from '../sweeps/api-schema.ts'
import { isTerminalSweepState } from '../sweeps/sweep.ts'
import { refPath } from './api-client.ts'
import { confirm } from './ask.ts'
import { defineCommand } from './command.ts'
import type { AnyCommand, CommandContext } from './command.ts'
import { countOf } from './show-values.ts'
import { fetchSweep, untilSweepEnds } from './sweep-state.ts'
import { printable } from './terminal.ts'
import { withSchema } from './with-schema.ts'

export interface ChangeWords {
  readonly action: SweepAction
  readonly summary: string
  /** `Paused`: begins the answer. */
  readonly done: string
  readonly next: readonly string[]
  /** What becomes of the runs, after a change. */
  readonly consequence: (sweep: SweepJson) => string
}

interface ChangeOptions {
  readonly reason?: string
  readonly dryRun: boolean
  readonly wait: boolean
}

export function defineChangeCommand(words: ChangeWords): AnyCommand {
  return defineCommand<ChangeOptions>({
    name: words.action,
    summary: words.summary,
    arguments: '<id...>',
    examples: [
      [`sweep ${words.action} k3v9r2td`, 'one sweep, by id, unique prefix or name'],
      [`sweep ${words.action} @last --reason "disk full"`, 'the newest sweep, with a reason that is kept'],
      [`sweep ${words.action} k3v9 z7h2 --dry-run`, 'say what would happen, change nothing'],
    ],
    options: [
      { flags: '--reason <text>', description: 'kept with the sweep' },
      { flags: '--dry-run', description: 'change nothing', default: false },
      { flags: '--wait', description: 'return when no run is running any more', default: false },
    ],
    next: words.next,
    run: async (context, args, options) => {
      for (const ref of args) await changeOne(context, words, ref, options)
      return 0
    },
  })
}

async function changeOne(context: CommandContext, words: ChangeWords, ref: string, options: ChangeOptions) {
  const api = context.api()
  const { action } = words
  const before = action === 'cancel' || options.dryRun ? await fetchSweep(api, ref) : null
  if (before && options.dryRun) {
    if (context.isJson) {
      context.print(
        JSON.stringify({
          schema: `sweep.${action}/1`,
          id: before.id,
          state: before.state,
          changed: false,
          dryRun: true,
        }),
      )
    } else
      context.print(
        `Would ${action} ${nameOf(before)}, which is ${before.state}. ${words.consequence(before)}`,
      )
    return
  }
  if (before && action === 'cancel' && before.counts.running > 0 && !isTerminalSweepState(before.state)) {
    await confirm(
      context,
      `Cancelling ${nameOf(before)} ends ${countOf(before.counts.running, 'running run')}.`,
    )
  }
  const body = options.reason === undefined ? {} : { reason: options.reason }
  const text = await api.post(refPath('sweeps', before?.id ?? ref, `/${action}`), body)
  const { sweep, changed } = JSON.parse(text) as ChangeSweepResponse // the server's own schema
  if (options.wait)
    await untilSweepEnds(context, sweep.id, { until: hasNothingRunning, timeoutMs: context.globals.timeout })
  if (context.isJson) context.print(withSchema(text, `sweep.${action}/1`))
  else if (!changed) context.print(`${nameOf(sweep)} is ${sweep.state} already: nothing to do.`)
  else if (!context.globals.quiet)
    context.print(`${words.done} ${nameOf(sweep)}. ${words.consequence(sweep)}`.trimEnd())
}

function hasNothingRunning(sweep: SweepJson): boolean {
  return sweep.counts.running === 0
}

function nameOf(sweep: SweepJson): string {
  return `${sweep.id} "${printable(sweep.name)}"`
}
