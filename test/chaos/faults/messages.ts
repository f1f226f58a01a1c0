// F13 and F14: messages that come in another order, again, or late. What the controller has stored in the end is what
// their orderly delivery would have left.
import type fc from 'fast-check'
import type { SweepStore } from '../../../sweeps/store.ts'
import type { Fault, RoundOptions } from './fault.ts'
import { checkDelivery, replayed, scrambled } from './message-delivery.ts'
import type { DeliveryCase } from './message-delivery.ts'
import { runProperty } from './property-round.ts'

export const permutedMessages: Fault = {
  id: 'F13',
  title: 'messages permuted, repeated, late, forged',
  injects:
    'any order and repetition of all reports of one or two attempts, in any batches, with a loss between',
  invariants: ['I9', 'I4'],
  fullCount: 10_000,
  shortCount: 200,
  perRound: 1_000,
  runRound: (options) => checkDeliveries(options, scrambled),
}

export const replayedMessages: Fault = {
  id: 'F14',
  title: 'messages replayed 1 to 5 times',
  injects: 'every report 1 to 5 times, and earlier ones again, before and after a loss and after the end',
  invariants: ['I9', 'I4'],
  fullCount: 10_000,
  shortCount: 200,
  perRound: 1_000,
  runRound: (options) => checkDeliveries(options, replayed),
}

/** Undoes what a case has written. */
class Undo extends Error {}

function checkDeliveries(options: RoundOptions, arbitrary: fc.Arbitrary<DeliveryCase>) {
  return runProperty(options, { invariant: 'I9', arbitrary }, checkInStore)
}

async function checkInStore(store: SweepStore, given: DeliveryCase): Promise<string | null> {
  let problem: string | null = null
  try {
    await store.write(async (tx) => {
      problem = await checkDelivery(tx, given)
      throw new Undo()
    })
  } catch (error) {
    if (!(error instanceof Undo)) throw error
  }
  return problem
}
