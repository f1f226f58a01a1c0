import { describe, expect, it } from 'vitest'
import { mergeWandbConfig, unwrapWandbConfig } from '../../../../controller/client-runs/client-config.ts'

describe("a config as W&B's client sends it", () => {
  it('is unwrapped with ints and floats apart, without what the client says of itself', () => {
    const text =
      '{"lr":{"value":1.0},"n":{"value":1,"desc":null},"plain":3,"value":{"value":{"value":2}},"_wandb":{"value":{"t":1}}}'
    expect(unwrapWandbConfig(text)).toBe('{"lr":1.0,"n":1,"plain":3,"value":{"value":2}}')
  })

  it('is merged: later values win, and what each process said of itself stays', () => {
    const before = '{"a":{"value":1},"b":{"value":{"x":1}},"_wandb":{"value":{"t":1,"e":{"p1":{"cpu":2}}}}}'
    const given = '{"b":{"value":{"y":2}},"_wandb":{"value":{"t":2,"e":{"p2":{"cpu":4}}}}}'
    expect(JSON.parse(mergeWandbConfig(before, given))).toEqual({
      a: { value: 1 },
      b: { value: { y: 2 } },
      _wandb: { value: { t: 2, e: { p1: { cpu: 2 }, p2: { cpu: 4 } } } },
    })
  })
})
