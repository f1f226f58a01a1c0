// `sweep quarantine`: an agent gets no work until a person takes that back.
import { defineOrderCommand } from '../order-agents.ts'
import { countOf } from '../show-values.ts'

export const command = defineOrderCommand({
  order: 'quarantine',
  summary: 'Keep agents from work until that is taken back',
  does: 'one agent, by id or unique prefix',
  notes: [
    'It finishes its runs and leaves with 21, and so does each new start of it.',
    'Three runs in a row that fail at once bring it about by themselves, until its next start.',
  ],
  next: ['sweep undrain AGENT', 'sweep agents'],
  consequence: (agent) =>
    agent.busy > 0 ? `finishes ${countOf(agent.busy, 'run')}, then gets none.` : 'gets no more runs.',
})
