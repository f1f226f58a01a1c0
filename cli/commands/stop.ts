// `sweep stop`: as pause, for good; queued runs are cancelled, running ones are worked to their end.
import { defineChangeCommand } from '../change-sweep.ts'
import { countOf } from '../show-values.ts'

export const command = defineChangeCommand({
  action: 'stop',
  summary: 'Start no new runs any more; running ones are worked to their end',
  done: 'Stopped',
  next: ['sweep wait ID', 'sweep best ID', 'sweep cancel ID      end the running runs too'],
  consequence: (sweep) =>
    sweep.counts.running > 0
      ? `${countOf(sweep.counts.running, 'running run')} will be worked to the end.`
      : '',
})
