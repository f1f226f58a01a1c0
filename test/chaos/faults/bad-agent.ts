// F24: a machine on which every training fails at once. It is quarantined after three, its configurations go back, and
// it says so by its exit code.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../../support/cluster.ts'
import { waitFor } from '../../support/wait.ts'
import { processFault } from './process-round.ts'
import { areSettled } from './recovery.ts'

const GAVE_UP = 20
const MOST_LOST = 3
/** Three failures, and what one machine of a shared pair of processors takes for them. */
const LIMIT_MS = 30_000

export const badAgent = processFault({
  id: 'F24',
  title: 'bad agent: every run fails at once',
  injects: 'an agent joins on whose machine every training exits with 3 at once, while others succeed',
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'],
  fullCount: 30,
  shortCount: 2,
  perRound: 10,
  lanes: 1,
  whyNot: () =>
    existsSync(join(repositoryRoot, 'cli', 'commands', 'quarantine.ts'))
      ? null
      : 'agents are not quarantined yet (sweep quarantine)',
  scene: (count) => ({ agents: 3, cells: 40 + 15 * count }),
  async inject(scene) {
    const ward = await scene.addAgent({ isBad: true })
    const exit = await waitFor('the bad agent gives up', () => ward.child.exit() ?? scene.hasEnded(), {
      timeoutMs: LIMIT_MS,
      details: () => ward.child.stdout(),
    })
    if (exit === true) return null
    scene.ledger.look()
    const started = scene.ledger.startCount(ward.name)
    const report = (message: string) => scene.report({ invariant: 'I6', runId: null, message })
    if (exit.code !== GAVE_UP) report(`${ward.name} ended with ${exit.code ?? exit.signal}, not ${GAVE_UP}`)
    if (started > MOST_LOST) report(`${ward.name} was given ${started} runs, more than ${MOST_LOST}`)
    const starts = scene.ledger.open(ward.name)
    return {
      what: `${ward.name} gave up after ${started} runs`,
      fromMs: performance.now(),
      isOver: () => areSettled(scene, starts),
    }
  },
})
