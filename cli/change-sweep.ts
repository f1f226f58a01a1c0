// What `pause`, `resume`, `stop` and `cancel` share: one request per sweep, and words that say what it means.
import type { ChangeSweepResponse, SweepAction, SweepJson } from '../sweeps/sweep-schema.ts'
import { SweepError } from '../sweeps/errors.ts'
import { ACTION_TARGETS, meaningOfAction } from '../sweeps/sweep-actions.ts'
import type { ActionMeaning } from '../sweeps/sweep-actions.ts'
import { isTerminalSweepState } from '../sweeps/sweep.ts'
import { refPath } from './api-client.ts'
import { confirm } from './ask.ts'
import { defineCommand } from './command.ts'
import type { AnyCommand, CommandContext } from './command.ts'
import { errorAsJson, errorForPeople } from './print-error.ts'
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
    notes: [
      'With several ids: --json prints one document a line; one that is refused keeps no other from it.',
    ],
    next: words.next,
    run: async (context, refs, options) => {
      const isLookedAt = words.action === 'cancel' || options.dryRun || refs.length > 1
      if (!isLookedAt) {
        for (const ref of refs) await changeOne(context, words, ref, options)
        return 0
      }
      const sweeps = await lookUp(context, refs)
      const act = options.dryRun
        ? (sweep: SweepJson) => tell(context, words, sweep)
        : (sweep: SweepJson) => changeOne(context, words, sweep.id, options)
      if (words.action === 'cancel' && !options.dryRun) await confirmEnding(context, sweeps)
      await forEach(context, sweeps, act)
      return 0
    },
  })
}

/** Every name is looked up before the first sweep is changed; one that is named twice counts once. */
async function lookUp(context: CommandContext, refs: readonly string[]): Promise<SweepJson[]> {
  const found = new Map<string, SweepJson>()
  for (const ref of refs) {
    const sweep = await fetchSweep(context.api(), ref)
    found.set(sweep.id, sweep)
  }
  return [...found.values()]
}

async function confirmEnding(context: CommandContext, sweeps: readonly SweepJson[]): Promise<void> {
  const busy = sweeps.filter((sweep) => sweep.counts.running > 0 && !isOver(sweep))
  if (busy.length === 0) return
  const running = busy.reduce((sum, sweep) => sum + sweep.counts.running, 0)
  await confirm(context, `Cancelling ${busy.map(nameOf).join(', ')} ends ${countOf(running, 'running run')}.`)
}

/** A stopped sweep may still work runs, which a cancel ends. */
function isOver(sweep: SweepJson): boolean {
  return isTerminalSweepState(sweep.state) && sweep.state !== 'stopped'
}

/** Acts on each; refusals are told when all have had their turn. @throws SweepError the first refusal */
async function forEach(
  context: CommandContext,
  sweeps: readonly SweepJson[],
  act: (sweep: SweepJson) => Promise<void>,
): Promise<void> {
  const refusals: SweepError[] = []
  for (const sweep of sweeps) {
    try {
      await act(sweep)
    } catch (error) {
      if (!(error instanceof SweepError) || error.code !== 'ILLEGAL_TRANSITION') throw error
      refusals.push(error)
    }
  }
  const last = refusals.pop()
  for (const refusal of refusals)
    context.note(context.isJson ? errorAsJson(refusal) : errorForPeople(refusal, context).trimEnd())
  if (last !== undefined) throw last
}

/** What the action would mean now. */
async function tell(context: CommandContext, words: ChangeWords, sweep: SweepJson): Promise<void> {
  const { action } = words
  const asked = meaningOfAction(action, sweep.state)
  const meaning: ActionMeaning = asked === 'leftovers' && sweep.counts.running === 0 ? 'refused' : asked
  if (meaning === 'refused') {
    throw new SweepError(
      'ILLEGAL_TRANSITION',
      `${nameOf(sweep)} is ${sweep.state}: it cannot become ${ACTION_TARGETS[action]}`,
      { hint: `It stays as it is:  sweep show ${sweep.id}` },
    )
  }
  if (context.isJson) {
    const wouldChange = meaning !== 'already'
    const facts = { id: sweep.id, state: sweep.state, changed: false, wouldChange, dryRun: true }
    context.print(JSON.stringify({ schema: `sweep.${action}/1`, ...facts }))
  } else if (meaning === 'already') context.print(nothingToDo(sweep))
  else
    context.print(
      `Would ${action} ${nameOf(sweep)}, which is ${sweep.state}. ${words.consequence(sweep)}`.trimEnd(),
    )
}

async function changeOne(context: CommandContext, words: ChangeWords, ref: string, options: ChangeOptions) {
  const { action } = words
  const body = options.reason === undefined ? {} : { reason: options.reason }
  const text = await context.api().post(refPath('sweeps', ref, `/${action}`), body)
  const { sweep, changed } = JSON.parse(text) as ChangeSweepResponse // the server's own schema
  if (options.wait)
    await untilSweepEnds(context, sweep.id, { until: hasNothingRunning, timeoutMs: context.globals.timeout })
  if (context.isJson) context.print(withSchema(text, `sweep.${action}/1`))
  else if (!changed) context.print(nothingToDo(sweep))
  else if (!context.globals.quiet)
    context.print(`${words.done} ${nameOf(sweep)}. ${words.consequence(sweep)}`.trimEnd())
}

function hasNothingRunning(sweep: SweepJson): boolean {
  return sweep.counts.running === 0
}

function nothingToDo(sweep: SweepJson): string {
  return `${nameOf(sweep)} is ${sweep.state} already: nothing to do.`
}

function nameOf(sweep: SweepJson): string {
  return `${sweep.id} "${printable(sweep.name)}"`
}
