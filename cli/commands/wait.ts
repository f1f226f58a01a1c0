// `sweep wait`: returns when a sweep has ended, with an exit code that says how.
import type { SweepJson } from '../../sweeps/sweep-schema.ts'
import { defineCommand, exitCodeFor } from '../command.ts'
import { stateLabel } from '../show-values.ts'
import { untilSweepEnds } from '../sweep-state.ts'
import { printable } from '../terminal.ts'

export const command = defineCommand({
  name: 'wait',
  summary: 'Wait until a sweep ends',
  arguments: '<id>',
  examples: [
    ['sweep wait k3v9r2td && sweep best k3v9r2td', 'the ranking, as soon as it is final'],
    ['sweep wait @last --timeout 2h', 'at most two hours, then exit code 8'],
    ['sweep wait k3v9 --json', 'the sweep as it ended, for programs'],
  ],
  notes: ['Exit code: 0 finished or stopped, 7 failed or cancelled, 8 timed out.'],
  next: ['sweep best ID', 'sweep export ID -o runs.csv'],
  run: async (context, [ref = '']) => {
    let said = ''
    const onProgress = (sweep: SweepJson) => {
      const line = progressLine(sweep)
      if (context.isJson || context.globals.quiet || line === said) return
      said = line
      context.note(`${new Date(context.now()).toISOString().slice(0, 19)}Z  ${line}`)
    }
    const sweep = await untilSweepEnds(context, ref, { timeoutMs: context.globals.timeout, onProgress })
    if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.wait/1', sweep }))
    else if (!context.globals.quiet) {
      const reason = sweep.stateReason === null ? '' : `: ${printable(sweep.stateReason)}`
      context.print(`${sweep.id} "${printable(sweep.name)}" is ${sweep.state}${reason}`)
    }
    const isGood = sweep.state === 'finished' || sweep.state === 'stopped'
    return isGood ? 0 : exitCodeFor('ILLEGAL_TRANSITION')
  },
})

function progressLine(sweep: SweepJson): string {
  const { counts } = sweep
  const cap = sweep.runCap ?? sweep.size
  const done = counts.finished + counts.stopped + counts.failed + counts.cancelled + counts.lost
  return `${stateLabel(sweep.state)}  ${done}${cap === null ? '' : `/${cap}`} done, ${counts.running} running, ${counts.failed} failed`
}
