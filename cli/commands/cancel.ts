// `sweep cancel`: ends a sweep and its running runs.
import { defineChangeCommand } from '../change-sweep.ts'
import { countOf } from '../show-values.ts'

export const command = defineChangeCommand({
  action: 'cancel',
  summary: 'End a sweep and its running runs; asks when runs are running (--yes: does not)',
  done: 'Cancelled',
  next: ['sweep best ID        what it found is kept', 'sweep runs ID -w state:cancelled'],
  consequence: (sweep) =>
    sweep.counts.running > 0 ? `${countOf(sweep.counts.running, 'running run')} will be ended.` : '',
})
