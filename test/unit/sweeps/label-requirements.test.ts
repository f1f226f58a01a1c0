// Labels against `requires`, and the words when no agent has what a sweep requires.
import { describe, expect, it } from 'vitest'
import { meetsRequires, noticeOfRequires } from '../../../sweeps/label-requirements.ts'

const textOf = (requires: Record<string, string>, agents: Record<string, string>[]) =>
  noticeOfRequires('k3v9r2td', requires, agents)?.text ?? null

describe('requires', () => {
  it('is met by an agent that has every label with that text, whatever else it has', () => {
    expect(meetsRequires({ gpu: 'h100', site: 'b' }, { gpu: 'h100' })).toBe(true)
    expect(meetsRequires({ gpu: 'h100' }, { gpu: 'h100', site: 'b' })).toBe(false)
    expect(meetsRequires({ gpu: 'H100' }, { gpu: 'h100' })).toBe(false)
    expect(meetsRequires({}, { constructor: 'Object' })).toBe(false)
    expect(meetsRequires({}, {})).toBe(true)
  })

  it('says nothing when one agent has all, nothing is required, or there is no agent', () => {
    expect(textOf({ gpu: 'h100' }, [{}, { gpu: 'h100' }])).toBeNull()
    expect(textOf({}, [{}])).toBeNull()
    expect(textOf({ gpu: 'h100' }, [])).toBeNull()
  })

  it('names the labels that no agent has, what there is instead, and how many agents there are', () => {
    expect(textOf({ gpu: 'h100', site: 'b' }, [{ gpu: 'a100', site: 'b' }, { gpu: 'l4' }, {}])).toBe(
      'no run can start: requires gpu=h100, site=b, and none of its 3 agents has gpu=h100 (there is a100, l4). ' +
        'Start one with that:  sweep agent k3v9r2td --labels gpu=h100 --labels site=b',
    )
    expect(textOf({ gpu: 'h100', site: 'b' }, [{}])).toContain('its only agent lacks gpu=h100 and site=b.')
  })

  it('tells apart that each label is somewhere and that one agent has them together', () => {
    expect(textOf({ gpu: 'h100', site: 'b' }, [{ gpu: 'h100' }, { site: 'b' }])).toContain(
      'none of its 2 agents has all of them together.',
    )
  })

  it('gives a command that a shell takes as one word for each label', () => {
    expect(textOf({ rack: "row 3's" }, [{}])).toContain(`--labels 'rack=row 3'\\''s'`)
  })
})
