// `sweep drain`: an agent finishes its runs and leaves.
import { defineOrderCommand } from '../order-agents.ts'
import { countOf } from '../show-values.ts'

export const command = defineOrderCommand({
  order: 'drain',
  summary: 'Let agents finish their runs and leave',
  does: 'one agent, by id or unique prefix',
  notes: ['It exits with 21. A new start of it takes work again.'],
  next: ['sweep undrain AGENT', 'sweep agents'],
  consequence: (agent) =>
    agent.busy > 0 ? `finishes ${countOf(agent.busy, 'run')}, then leaves.` : 'leaves now.',
})
