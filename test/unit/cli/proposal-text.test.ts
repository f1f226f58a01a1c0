import { describe, expect, it } from 'vitest'
import { renderRun } from '../../../cli/commands/show.ts'
import { runJson } from './cli-world.ts'

const MODEL = {
  method: 'bayes',
  index: 87,
  source: 'model',
  arm: 'trust-region',
  n: 86,
  pending: 1,
  expected: 0.288,
  std: 0.01,
  lengthScales: { lr: 0.12, momentum: 0.8 },
  nearest: [
    { run: 'r5t0wbbb', distance: 0.21 },
    { run: 'c1j7pbbb', distance: 0.4 },
  ],
}

const lines = (suggestedBy: Record<string, unknown> | null) => renderRun(runJson({ suggestedBy }), null)

describe('why a run was proposed', () => {
  it('is the arm, the expectation, what matters and the nearest runs of a model', () => {
    expect(lines(MODEL).slice(-3)).toEqual([
      '  why       bayes · model of 86 runs · near the best run · expected 0.288 ± 0.01 · suggestion 87',
      '  matters   lr 0.12 · momentum 0.8  (length scales: short matters more)',
      '  nearest   r5t0wbbb 0.21 · c1j7pbbb 0.4  (runs, with their distance in length scales)',
    ])
  })

  it('is one line where there is no model, and none where nobody proposed it', () => {
    expect(lines({ method: 'bayes', index: 0, source: 'initial' }).at(-1)).toBe(
      '  why       bayes · the start, before there is a model · suggestion 0',
    )
    expect(lines({ method: 'random', index: 17 }).at(-1)).toBe('  why       random · suggestion 17')
    expect(lines(null).join('\n')).not.toContain('why')
  })

  it('keeps control characters and fields of another version from harm', () => {
    const odd = { ...MODEL, nearest: [{ run: 'a\u001b[31m' }], lengthScales: 'none', arm: 7 }
    expect(lines(odd).join('\n')).not.toContain('\u001b')
  })
})
