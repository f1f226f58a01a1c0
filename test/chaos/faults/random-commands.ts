// F29: sequences of random commands (create, beat, take, report, end, kill, silence, pause, stop, cancel, restart,
// FLUSHALL), played on the controller's own code and on a small model; both must tell the same after each step.
import { playSequence, sequences } from '../model/sequence.ts'
import type { Fault } from './fault.ts'
import { runProperty } from './property-round.ts'

export const randomCommands: Fault = {
  id: 'F29',
  title: 'random commands against a model',
  injects: 'up to 60 random commands on up to three sweeps and three agents, then everything is worked off',
  invariants: ['I1', 'I2', 'I4', 'I5', 'I6', 'I9'],
  fullCount: 5_000,
  shortCount: 60,
  perRound: 250,
  runRound: (options) => runProperty(options, { invariant: 'I2', arbitrary: sequences }, playSequence),
}
