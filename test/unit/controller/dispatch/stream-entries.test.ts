// Where a batch of the report stream is cut into parts that are stored one after the other.
import { describe, expect, it } from 'vitest'
import type { SentReport } from '../../../../controller/dispatch/apply-reports.ts'
import { cutBehindFirstBeats } from '../../../../controller/dispatch/stream-entries.ts'
import type { ReadEntry } from '../../../../controller/dispatch/stream-entries.ts'
import type { AgentId } from '../../../../sweeps/sweep.ts'

const A = 'aaaa0000' as AgentId
const B = 'bbbb0000' as AgentId

const entry = (agentId: AgentId, rest: Partial<ReadEntry>): ReadEntry => {
  return { entryId: '1-0', agentId, host: 'h', incarnation: 1, reports: [], beat: null, ...rest }
}
const beatOf = (agentId: AgentId, number = 1) =>
  entry(agentId, {
    beat: { number, capacity: 1, freeSlots: 1, sweepIds: [], attempts: [], leaving: false },
  })
const reportsOf = (agentId: AgentId) =>
  entry(agentId, {
    reports: [
      {
        agentId,
        report: {
          runId: 'r',
          attempt: 1,
          token: 't',
          seq: 1,
          at: 1,
          body: { kind: 'log', stream: 'stdout', text: 'x' },
        } satisfies SentReport['report'],
      },
    ],
  })

describe('a batch of the report stream', () => {
  it('stays whole when the first beats of many agents come together', () => {
    const batch = [beatOf(A), beatOf(B), reportsOf('cccc0000' as AgentId)]

    expect(cutBehindFirstBeats(batch)).toEqual([batch])
    expect(cutBehindFirstBeats([])).toEqual([])
  })

  it('is cut before reports of an agent whose first beat stands before them, once for all that follow', () => {
    const [before, first, other, behind, more] = [
      reportsOf(A),
      beatOf(A),
      reportsOf(B),
      reportsOf(A),
      reportsOf(A),
    ]

    expect(cutBehindFirstBeats([before, first, other, behind, more])).toEqual([
      [before, first, other],
      [behind, more],
    ])
  })

  it('is cut again for a first beat behind the cut, and not for later beats', () => {
    const [first, behind, other, otherBehind] = [beatOf(A), reportsOf(A), beatOf(B), reportsOf(B)]

    expect(cutBehindFirstBeats([first, behind, other, otherBehind])).toEqual([
      [first],
      [behind, other],
      [otherBehind],
    ])
    const later = [beatOf(A, 2), reportsOf(A)]
    expect(cutBehindFirstBeats(later)).toEqual([later])
  })
})
