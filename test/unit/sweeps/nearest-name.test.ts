import { describe, expect, it } from 'vitest'
import { didYouMean, nearestName } from '../../../sweeps/nearest-name.ts'

describe('nearestName', () => {
  it('finds slips of the finger, swaps and other cases', () => {
    expect(nearestName('vaule', ['value', 'values'])).toBe('value')
    expect(nearestName('MIN', ['min', 'max'])).toBe('min')
    expect(nearestName('lognormal', ['normal', 'log_normal'])).toBe('log_normal')
  })

  it('does not guess far', () => {
    expect(nearestName('zipf', ['uniform', 'beta'])).toBeNull()
    expect(nearestName('x', ['y'])).toBeNull()
    expect(didYouMean('zipf', ['beta'], 'Known: beta.')).toBe('Known: beta.')
  })
})
