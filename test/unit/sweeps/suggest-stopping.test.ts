import { describe, expect, it } from 'vitest'
import { createSuggestSession } from '../../../sweeps/suggest-session.ts'
import type { StoppingType } from '../../../sweeps/stopping-settings.ts'

const END = 27
const INIT = {
  cmd: 'init',
  seed: 3,
  budget: 8 * END,
  early_terminate: { type: 'hyperband', min_iter: 3, eta: 3 },
  problem: {
    id: 'p',
    goal: 'maximize',
    metric: 'accuracy',
    parameters: {
      x: { distribution: 'uniform', min: 0, max: 1 },
      y: { distribution: 'uniform', min: 0, max: 1 },
    },
    fidelity: { name: 'epoch', min: 1, max: END },
  },
}

interface Driven {
  readonly steps: number[]
  readonly best: number
  readonly asked: string[]
}

/** Trains what a session asks for until the budget of steps is spent. */
function drive(
  options: { method?: string; rule?: StoppingType; init?: object; budget?: number } = {},
): Driven {
  const { method = 'random', rule, init = INIT, budget = 8 * END } = options
  const session = createSuggestSession({ method, rule, version: '1' })
  const send = (message: object) => JSON.parse(session.handle(JSON.stringify(message)) ?? 'null') as never
  send(init)
  const driven = { steps: [] as number[], best: -Infinity, asked: [] as string[] }
  for (let spent = 0, id = 0; spent < budget; id++) {
    const { params } = send({ cmd: 'ask', id }) as { params: { x: number; y: number } }
    driven.asked.push(JSON.stringify(params))
    const top = 90 - 100 * ((params.x - 0.6) ** 2 + (params.y - 0.2) ** 2)
    let [step, value, stop] = [0, 0, false]
    while (step < END && !stop) {
      step++
      value = top - 30 / step
      stop = (send({ cmd: 'report', id, step, value }) as { stop: boolean }).stop && step < END
    }
    spent += step
    driven.steps.push(step)
    if (step === END) driven.best = Math.max(driven.best, top)
    send({ cmd: 'tell', id, value, step, state: stop ? 'stopped' : 'finished' })
  }
  return driven
}

describe('early termination in the line protocol', () => {
  it('stops runs at the first step that the driver allows, and starts more of them', () => {
    const { steps, best } = drive()
    expect(steps.length).toBeGreaterThan(12)
    expect(Math.min(...steps)).toBe(3)
    expect(steps.filter((count) => count === END).length).toBeGreaterThanOrEqual(2)
    expect(best).toBeGreaterThan(80)
  })

  it('follows the rule that is forced, with the bands of the driver', () => {
    const { steps } = drive({ rule: 'hyperband' })
    expect(new Set(steps.filter((count) => count < END))).toEqual(new Set([3, 9]))
    const later = { ...INIT, early_terminate: { type: 'hyperband', min_iter: 6, eta: 2 } }
    expect(Math.min(...drive({ rule: 'hyperband', init: later }).steps)).toBe(6)
    expect(Math.min(...drive({ init: later }).steps)).toBe(6)
  })

  it('ends a run by what another one reported, at its next report', () => {
    const session = createSuggestSession({ method: 'random', rule: 'hyperband', version: '1' })
    session.handle(JSON.stringify(INIT))
    const report = (id: number, step: number, value: number) =>
      session.handle(JSON.stringify({ cmd: 'report', id, step, value }))
    for (const step of [1, 2, 3, 4]) expect(report(0, step, 50)).toBe('{"stop":false}')
    for (const step of [1, 2, 3]) expect(report(1, step, 90)).toBe('{"stop":false}')
    expect(report(0, 5, 50)).toBe('{"stop":true}')
  })

  it('stops nothing where the driver does not ask for it', () => {
    const { early_terminate: _, ...plain } = INIT
    expect(new Set(drive({ init: plain, budget: 5 * END }).steps)).toEqual(new Set([END]))
  })

  it('lets the method learn from stopped runs: the same again gives the same, and better than by chance', () => {
    const once = drive({ method: 'bayes' })
    expect(drive({ method: 'bayes' })).toEqual(once)
    expect(once.best).toBeGreaterThan(drive().best)
    expect(once.best).toBeGreaterThan(89.5)
  })

  it('refuses an early_terminate that is not sound', () => {
    const session = createSuggestSession({ method: 'bayes', version: '1' })
    const init = (early_terminate: unknown) => () =>
      session.handle(JSON.stringify({ ...INIT, early_terminate }))
    expect(init({ type: 'hyperband', min_iter: 0 })).toThrow()
    expect(init(3)).toThrow('early_terminate is missing, or not an object')
  })

  it('takes reports of NaN, and of runs that nobody asked for', () => {
    const session = createSuggestSession({ method: 'bayes', version: '1' })
    session.handle(JSON.stringify(INIT))
    const answers = Array.from({ length: 10 }, (_, at) =>
      session.handle(JSON.stringify({ cmd: 'report', id: 9, step: at + 1, value: 'NaN' })),
    )
    expect(answers.slice(0, 9)).toEqual(Array(9).fill('{"stop":false}'))
    expect(answers[9]).toBe('{"stop":true}')
  })
})
