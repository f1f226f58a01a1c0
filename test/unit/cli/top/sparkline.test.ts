import { describe, expect, it } from 'vitest'
import { chooseGlyphs, sparkline } from '../../../../cli/top/sparkline.ts'

describe('a sparkline', () => {
  it('has two bars in a braille character, low values low', () => {
    expect(sparkline([0, 1, 2, 3], 10, 'braille')).toBe('⣠⣾')
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8, 'blocks')).toBe('▁▂▃▄▅▆▇█')
    expect(sparkline([0, 3, 6], 8, 'ascii')).toBe('_=#')
  })

  it('is flat for equal values, empty for none, and passes over what is no number', () => {
    expect(sparkline([5, 5], 4, 'blocks')).toBe('▁▁')
    expect(sparkline([], 4, 'braille')).toBe('')
    expect(sparkline([NaN, Infinity], 4, 'braille')).toBe('')
    expect(sparkline([0, NaN, 7], 4, 'blocks')).toBe('▁█')
  })

  it('thins long curves to its width and ends with their last value', () => {
    const curve = Array.from({ length: 1000 }, (_, step) => 1000 - step)
    expect(sparkline(curve, 6, 'blocks')).toHaveLength(6)
    expect(sparkline([...curve, 5000], 6, 'blocks').at(-1)).toBe('█')
  })
})

describe('the glyphs', () => {
  it.each([
    [{ LANG: 'en_US.UTF-8', TERM: 'xterm' }, 'braille'],
    [{ LANG: 'C.utf8', TERM: 'tmux-256color' }, 'braille'],
    [{ LANG: 'de_DE.UTF-8', TERM: 'linux' }, 'blocks'],
    [{ LANG: 'C', TERM: 'xterm' }, 'ascii'],
    [{ LANG: 'C.UTF-8', LC_ALL: 'POSIX', TERM: 'xterm' }, 'ascii'],
    [{ LANG: 'C.UTF-8', TERM: 'dumb' }, 'ascii'],
    [{}, 'ascii'],
  ] as const)('of %j are %s', (env, glyphs) => expect(chooseGlyphs(env)).toBe(glyphs))
})
