import { describe, expect, it } from 'vitest'
import { SweepConfigError, SweepError } from '../../../sweeps/errors.ts'
import { createSuggestSession } from '../../../sweeps/suggest-session.ts'

const INIT = {
  cmd: 'init',
  seed: 3,
  n: 20,
  parallel: 1,
  problem: {
    id: 'p',
    goal: 'maximize',
    metric: 'accuracy',
    parameters: {
      lr: { distribution: 'log_uniform_values', min: 1e-4, max: 1 },
      layers: { distribution: 'int_uniform', min: 1, max: 6 },
      kind: { distribution: 'categorical', values: ['a', 'b'] },
      fixed: { distribution: 'constant', value: 7 },
    },
  },
}

interface Params {
  lr: number
  layers: number
  kind: string
  fixed: number
}

function open(method = 'bayes') {
  const session = createSuggestSession({ method, version: '1.2.3' })
  const send = (message: object) => JSON.parse(session.handle(JSON.stringify(message)) ?? 'null') as never
  return { session, send }
}

describe('the line protocol', () => {
  it('answers a driver from init to close', () => {
    const { session, send } = open()
    expect(send(INIT)).toEqual({ ok: true, version: '1.2.3' })
    const scores: number[] = []
    for (let id = 0; id < 30; id++) {
      const { id: answered, params } = send({ cmd: 'ask', id }) as { id: number; params: Params }
      expect(answered).toBe(id)
      expect(params.fixed).toBe(7)
      const value =
        -((Math.log10(params.lr) + 2) ** 2) - (params.layers - 2) ** 2 - (params.kind === 'b' ? 0 : 1)
      scores.push(value)
      expect(send({ cmd: 'tell', id, params, value, state: 'finished' })).toEqual({ ok: true })
    }
    expect(Math.max(...scores)).toBeGreaterThan(-0.02)
    expect(send({ cmd: 'report', id: 0, step: 3, value: 61.2 })).toEqual({ stop: false })
    expect(session.handle('{"cmd":"close"}')).toBeNull()
  })

  it('asks several times before the first tell, each time for something else', () => {
    const { send } = open()
    send(INIT)
    const asked = Array.from({ length: 8 }, (_, id) =>
      JSON.stringify((send({ cmd: 'ask', id }) as { params: Params }).params),
    )
    expect(new Set(asked).size).toBe(8)
  })

  it('takes runs that failed or were stopped, without params too', () => {
    const { send } = open()
    send(INIT)
    for (let id = 0; id < 15; id++) {
      send({ cmd: 'ask', id })
      const state = id % 3 === 0 ? 'failed' : id % 3 === 1 ? 'stopped' : 'finished'
      expect(send({ cmd: 'tell', id, value: id % 3 === 0 ? null : id, state, step: 9 })).toEqual({ ok: true })
    }
    expect(send({ cmd: 'ask', id: 15 })).toHaveProperty('params')
  })

  it('says with another method when nothing is left', () => {
    const { send } = open('random')
    send({ ...INIT, problem: { ...INIT.problem, parameters: { kind: INIT.problem.parameters.kind } } })
    send({ cmd: 'ask', id: 0 })
    send({ cmd: 'ask', id: 1 })
    expect(() => send({ cmd: 'ask', id: 2 })).toThrow('every configuration has been proposed')
  })

  it('refuses in words what it cannot answer', () => {
    const { session, send } = open()
    expect(() => send({ cmd: 'ask', id: 0 })).toThrow('the first line must be init')
    expect(() => session.handle('{"cmd":')).toThrow(SweepError)
    expect(() => session.handle('[]')).toThrow('not a JSON object')
    const lr = { distribution: 'log_uniform_values', min: -1, max: 1 }
    expect(() => send({ ...INIT, problem: { ...INIT.problem, parameters: { lr } } })).toThrow(
      SweepConfigError,
    )
    send(INIT)
    expect(() => send({ cmd: 'tell', id: 9, value: 1 })).toThrow('which was not asked')
    expect(() => send({ cmd: 'tell', id: 9, params: {}, value: 1, state: 'lost' })).toThrow('unknown state')
    expect(() => send({ cmd: 'wait' })).toThrow('unknown cmd "wait"')
  })
})
