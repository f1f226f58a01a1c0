import { describe, expect, it } from 'vitest'
import { ModelSpace } from '../../../optimizers/model-space.ts'
import { equalLevels } from '../../../optimizers/optimizer.ts'
import { RunHistory } from '../../../optimizers/run-history.ts'
import type { EndedRun } from '../../../optimizers/run-history.ts'
import { buildTrainingSet, chooseRows } from '../../../optimizers/training-set.ts'

const SPACE = new ModelSpace([{ kind: 'continuous' }, equalLevels(3)])

function run(
  x: number,
  value: number | null,
  options: { level?: number; isStopped?: boolean; curve?: EndedRun['curve'] } = {},
): EndedRun {
  return {
    row: Float64Array.from([x, options.level ?? 0]),
    index: 0,
    value,
    isStopped: options.isStopped ?? false,
    curve: options.curve ?? [],
  }
}

describe('the data of a model', () => {
  it('has one row for repeats, with their mean and a share of the noise', () => {
    const set = buildTrainingSet(
      SPACE,
      [run(0.1, 1), run(0.2, 5), run(0.1, 3), run(0.1, 3, { level: 1 })],
      false,
    )!
    expect([...set.data.rows]).toEqual([0.1, 0, 0.2, 0, 0.1, 1])
    expect([...set.data.noiseScale]).toEqual([0.5, 1, 1])
    expect(set.transform.toValue(set.data.targets[0]!)).toBeCloseTo(2, 12)
    expect(set.ranking).toEqual([0, 2, 1])
  })

  it('counts a failure as bad as the worst, less surely, and a repeat of a value not at all', () => {
    const set = buildTrainingSet(SPACE, [run(0.1, 1), run(0.2, 5), run(0.3, null), run(0.1, null)], false)!
    expect(set.data.targets[2]).toBe(set.data.targets[1])
    expect([...set.data.noiseScale]).toEqual([1, 1, 4])
    expect([...set.hasValue]).toEqual([1, 1, 0])
  })

  it('trusts a stopped run less', () => {
    const set = buildTrainingSet(SPACE, [run(0.1, 1), run(0.2, 5, { isStopped: true })], false)!
    expect([...set.data.noiseScale]).toEqual([1, 4])
  })

  it('cannot be made of failures alone', () => {
    expect(buildTrainingSet(SPACE, [run(0.1, null)], true)).toBeNull()
  })

  it('keeps of many runs the best, the latest, the nearest to the best, and some of all', () => {
    const runs = Array.from({ length: 400 }, (_, i) => run(((i * 37) % 400) / 400, Math.abs(i - 100)))
    const set = buildTrainingSet(SPACE, runs, false)!
    const chosen = chooseRows(set, 40)
    const kept = [...Array(40).keys()].map((i) => chosen.data.rows[2 * i]!)
    const has = (i: number) => kept.includes(runs[i]!.row[0]!)
    for (const i of [100, 99, 101, 96, 104, 399, 395, 390]) expect(has(i), `run ${i}`).toBe(true)
    expect(new Set(kept).size).toBe(40)
    expect(Math.max(...kept)).toBeGreaterThan(0.95)
    expect(Math.min(...kept)).toBeLessThan(0.05)
    expect(chooseRows(set, 40)).toEqual(chosen)
    expect(chosen.data.targets[chosen.ranking[0]!]).toBe(set.data.targets[set.ranking[0]!])
  })
})

describe('runs that were stopped on a known way', () => {
  const FINISHED = run(0.1, 1, {
    curve: [
      { progress: 1, value: 9 },
      { progress: 9, value: 5 },
      { progress: 27, value: 1 },
    ],
  })
  const STOPPED = run(0.2, 6, {
    isStopped: true,
    curve: [
      { progress: 1, value: 8 },
      { progress: 9, value: 6 },
    ],
  })

  it('say what they had where they were stopped, and others what they had on the way', () => {
    const { data, transform } = buildTrainingSet(SPACE, [FINISHED, STOPPED], false)!
    const told = [...data.targets].map((target, i) => [
      data.rows[2 * i],
      Number((27 * 27 ** data.stages![i]!).toFixed(6)),
      Number(transform.toValue(target).toFixed(6)),
    ])
    expect(told).toEqual([
      [0.1, 3, 7],
      [0.1, 9, 5],
      [0.1, 27, 1],
      [0.2, 3, 7],
      [0.2, 9, 6],
    ])
    expect([...data.noiseScale]).toEqual([1, 1, 1, 1, 1])
  })

  it('come behind every result, and are no result to improve on', () => {
    const better = { ...STOPPED, value: -3, curve: [{ progress: 9, value: -3 }] }
    const set = buildTrainingSet(SPACE, [better, FINISHED], false)!
    expect(set.ranking.map((i) => set.data.rows[2 * i])).toEqual([0.1, 0.2])
    expect(set.transform.toValue(set.data.targets[set.ranking[0]!]!)).toBeCloseTo(1, 12)
  })

  it('are told by their last values alone when none of them was stopped', () => {
    const { data } = buildTrainingSet(SPACE, [FINISHED, run(0.3, 2)], false)!
    expect(data.stages).toBeUndefined()
    expect(data.targets).toHaveLength(2)
  })

  it('keep their stages when there are too many', () => {
    const set = chooseRows(buildTrainingSet(SPACE, [FINISHED, STOPPED], false)!, 4)
    expect(set.data.stages).toHaveLength(4)
    expect(set.data.stages).toContain(0)
  })
})

describe('what is remembered of runs', () => {
  const at = (
    id: string,
    state: 'open' | 'done' | 'failed' | 'void',
    value: number | null = null,
    endedAt = 0,
  ) => ({
    id,
    index: Number(id),
    point: [Number(id) / 10, 0.1],
    state,
    value,
    endedAt,
  })

  it('is in the order in which they ended', () => {
    const history = new RunHistory(SPACE)
    history.observe([at('1', 'open'), at('2', 'open'), at('3', 'open')])
    expect(history.pendingWith([]).map(({ row }) => row[0])).toEqual([0.1, 0.2, 0.3])
    history.observe([at('3', 'done', 5, 20), at('1', 'failed', null, 21)])
    expect(history.ended.map(({ index, value }) => [index, value])).toEqual([
      [3, 5],
      [1, null],
    ])
    expect(history.pendingWith([{ index: 4, point: [0.4, 0.1] }]).map(({ index }) => index)).toEqual([2, 4])
    expect(history.lastEnd).toBe(21)
    expect(history.revision).toBe(0)
  })

  it('is the same whatever the order in which it was told', () => {
    const runs = [
      at('1', 'done', 1, 30),
      at('2', 'failed', null, 10),
      at('3', 'done', 3, 20),
      at('4', 'done', 4, 10),
    ]
    const indexes = (order: readonly number[]) => {
      const history = new RunHistory(SPACE)
      for (const i of order) history.observe([runs[i]!])
      return history.ended.map(({ index }) => index)
    }
    expect(indexes([0, 1, 2, 3])).toEqual([2, 4, 3, 1])
    expect(indexes([3, 2, 1, 0])).toEqual([2, 4, 3, 1])
  })

  it('notices when the past changes, and only then', () => {
    const history = new RunHistory(SPACE)
    history.observe([at('1', 'done', 1), at('2', 'done', 2)])
    history.observe([at('1', 'done', 1)])
    expect(history.revision).toBe(0)
    history.observe([at('1', 'done', 7)])
    expect([history.revision, history.ended[0]?.value]).toEqual([1, 7])
    history.observe([at('1', 'open')])
    expect([history.revision, history.ended.map(({ index }) => index)]).toEqual([2, [2]])
    history.observe([at('1', 'done', 8, 30)])
    expect(history.ended.map(({ index }) => index)).toEqual([2, 1])
  })

  it('notices when the way to a value changes', () => {
    const history = new RunHistory(SPACE)
    const onItsWay = (value: number) => ({ ...at('1', 'done', 1), curve: [{ progress: 3, value }] })
    history.observe([onItsWay(4)])
    history.observe([onItsWay(4)])
    expect(history.revision).toBe(0)
    history.observe([onItsWay(5)])
    expect([history.revision, history.ended[0]?.curve[0]?.value]).toEqual([1, 5])
  })

  it('leaves out points of a way that say nothing', () => {
    const history = new RunHistory(SPACE)
    const points = [
      [0, 1],
      [1, NaN],
      [2, 3],
      [Infinity, 1],
    ]
    const curve = points.map(([progress, value]) => ({ progress: progress!, value: value! }))
    history.observe([{ ...at('1', 'done', 1), curve }])
    expect(history.ended[0]?.curve).toEqual([{ progress: 2, value: 3 }])
  })

  it('knows the places of runs that say nothing of them', () => {
    const history = new RunHistory(SPACE)
    history.observe([at('1', 'void'), at('2', 'open')])
    expect(history.ended).toEqual([])
    expect(history.past).toHaveLength(1)
    expect(history.pendingWith([])).toHaveLength(1)
  })
})
