// `sweep resume`: goes on after a pause.
import { defineChangeCommand } from '../change-sweep.ts'

export const command = defineChangeCommand({
  action: 'resume',
  summary: 'Go on after a pause',
  done: 'Resumed',
  next: ['sweep show ID', 'sweep agents ID'],
  consequence: () => 'Its agents take runs again.',
})
