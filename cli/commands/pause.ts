// `sweep pause`: nothing new starts; runs go on.
import { defineChangeCommand } from '../change-sweep.ts'
import { countOf } from '../show-values.ts'

export const command = defineChangeCommand({
  action: 'pause',
  summary: 'Start no new runs for now; running ones go on',
  done: 'Paused',
  next: ['sweep resume ID', 'sweep show ID'],
  consequence: (sweep) =>
    sweep.counts.running > 0 ? `${countOf(sweep.counts.running, 'running run')} will go on.` : '',
})
