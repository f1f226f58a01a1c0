import { describe, expect, it } from 'vitest'
import { adviseStop } from '../../../sweeps/stop-advice.ts'

const records = (count: number, facts: object, from = 30) =>
  Array.from({ length: count }, (_, i) => ({ index: from + i, ...facts }))
const CLEAR = { regretBound: 0.01, noiseStd: 0.02, logGain: -3 }
const SPENT = { regretBound: 0.5, noiseStd: 0.02, logGain: -8 }
const OPEN = { regretBound: 0.5, noiseStd: 0.02, logGain: -3 }

describe('advice to stop', () => {
  it('is given when six proposals in a row see less to gain than the noise, or next to nothing', () => {
    expect(adviseStop(records(6, CLEAR))?.reason).toMatch(/noise/)
    expect(adviseStop(records(6, SPENT))?.reason).toMatch(/thousandth/)
    expect(adviseStop(records(6, OPEN))).toBeNull()
  })

  it('looks at the newest six alone, whatever the order', () => {
    const mixed = [...records(6, CLEAR, 40), ...records(10, OPEN)]
    expect(adviseStop(mixed)).not.toBeNull()
    expect(adviseStop([...records(6, CLEAR), ...records(1, OPEN, 40)])).toBeNull()
  })

  it('is not given where proposals are few, or say nothing of it', () => {
    expect(adviseStop(records(5, CLEAR))).toBeNull()
    expect(adviseStop(records(6, { source: 'exploration' }))).toBeNull()
    expect(adviseStop([...records(5, CLEAR), ...records(1, { source: 'initial' }, 20)])).toBeNull()
  })
})
