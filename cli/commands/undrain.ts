// `sweep undrain`: takes a drain or a quarantine back.
import { defineOrderCommand } from '../order-agents.ts'

export const command = defineOrderCommand({
  order: 'undrain',
  summary: 'Take a drain or a quarantine back',
  does: 'one agent, by id or unique prefix',
  notes: ['An agent that has not left yet goes on; one that has left may be started again.'],
  next: ['sweep agents', 'sweep agent ID       on the machine, when it has left'],
  consequence: (agent) =>
    agent.state === 'left' || agent.state === 'lost'
      ? 'may work again; it has left, start it there.'
      : 'works again.',
})
