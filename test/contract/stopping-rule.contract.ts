// What every stopping rule promises (optimizers/stopping-rule.ts), checked on random curves.
import { describe, expect, it } from 'vitest'
import { createRng } from '../../optimizers/rng.ts'
import type { StoppingRule, Verdict } from '../../optimizers/stopping-rule.ts'

interface Report {
  readonly id: string
  readonly progress: number
  readonly value: number
}

const CURVE_COUNT = 30

/** Noisy falling curves of different lengths, round after round. */
function randomReports(seed: number): Report[] {
  const rng = createRng(seed, 'curves')
  const curves = Array.from({ length: CURVE_COUNT }, (_, index) => ({
    id: `c${index}`,
    level: rng(),
    length: 1 + rng.integer(20),
  }))
  const reports: Report[] = []
  for (let progress = 1; progress <= 20; progress++) {
    for (const { id, level, length } of curves) {
      // Two digits, so that ties occur
      const value = Math.round(100 * (level + rng() / progress)) / 100
      if (progress <= length) reports.push({ id, progress, value })
    }
  }
  return reports
}

/** Another order between the curves, the same within each. */
function interleaved(reports: readonly Report[], seed: number): Report[] {
  const rng = createRng(seed, 'order')
  const waiting = new Map<string, Report[]>()
  for (const report of reports) waiting.set(report.id, [...(waiting.get(report.id) ?? []), report])
  const order: Report[] = []
  while (waiting.size > 0) {
    const ids = [...waiting.keys()]
    const id = ids[rng.integer(ids.length)] ?? ''
    const own = waiting.get(id) ?? []
    const next = own.shift()
    if (next !== undefined) order.push(next)
    if (own.length === 0) waiting.delete(id)
  }
  return order
}

const tellAll = (rule: StoppingRule, reports: readonly Report[]): Verdict[] =>
  reports.flatMap((report) => [...rule.report(report.id, report)])

const standing = (rule: StoppingRule) => ({
  thresholds: rule.thresholds(),
  curves: Array.from({ length: CURVE_COUNT }, (_, index) => ({
    marks: rule.marksOf(`c${index}`),
    verdict: rule.judge(`c${index}`),
  })),
})

export function describeStoppingRuleContract(name: string, create: () => StoppingRule): void {
  describe(`${name}: the promises of a stopping rule`, () => {
    const seeds = [1, 2, 3, 4, 5]

    it('gives the same verdicts for the same calls', () => {
      for (const seed of seeds) {
        const reports = randomReports(seed)
        expect(tellAll(create(), reports)).toEqual(tellAll(create(), reports))
      }
    })

    it('stops some curves, keeps some, and says of each where it stood', () => {
      const verdicts = seeds.flatMap((seed) => tellAll(create(), randomReports(seed)))
      expect(verdicts.some(({ stop }) => stop)).toBe(true)
      expect(verdicts.some(({ stop }) => !stop)).toBe(true)
      for (const { value, threshold, stop, rank, of } of verdicts) {
        expect(stop).toBe(value > threshold)
        expect(rank).toBeGreaterThanOrEqual(1)
        expect(rank).toBeLessThanOrEqual(of + 1)
      }
    })

    it('stands the same after the same points, in whatever order the curves told them', () => {
      for (const seed of seeds) {
        const reports = randomReports(seed)
        const [a, b] = [create(), create()]
        tellAll(a, reports)
        tellAll(b, interleaved(reports, seed))
        expect(standing(b)).toEqual(standing(a))
      }
    })

    it('stands the same after a restart, by the marks of the curves that ended', () => {
      for (const seed of seeds) {
        const reports = randomReports(seed)
        const before = create()
        tellAll(before, reports)
        const ended = Array.from({ length: CURVE_COUNT }, (_, index) => `c${index}`).filter(
          (_, i) => i % 3 > 0,
        )
        for (const id of ended) before.end(id, 'finished')
        const after = create()
        if (after.memory === 'curves') {
          tellAll(after, reports)
          for (const id of ended.toReversed()) after.end(id, 'finished')
        } else {
          for (const id of ended) after.recall(id, before.marksOf(id))
          tellAll(
            after,
            reports.filter(({ id }) => !ended.includes(id)),
          )
        }
        expect(after.thresholds()).toEqual(before.thresholds())
        for (let index = 0; index < CURVE_COUNT; index += 3)
          expect(after.judge(`c${index}`)).toEqual(before.judge(`c${index}`))
      }
    })

    it('never stops a curve that ended, and forgets one without a trace', () => {
      const reports = randomReports(6)
      const [rule, without] = [create(), create()]
      tellAll(rule, reports)
      for (let index = 0; index < CURVE_COUNT; index++) rule.end(`c${index}`, 'other')
      expect(standing(rule).curves.some(({ verdict }) => verdict?.stop === true)).toBe(false)
      rule.forget('c0')
      tellAll(
        without,
        reports.filter(({ id }) => id !== 'c0'),
      )
      expect(rule.thresholds()).toEqual(without.thresholds())
      expect([rule.judge('c0'), rule.marksOf('c0')]).toEqual([null, []])
    })
  })
}
