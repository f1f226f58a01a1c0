import { describe, expect, it } from 'vitest'
import { cutToWidth, fitToWidth, oneLineOf, textWidth } from '../../../cli/text-width.ts'

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['漢字', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['⣿▇●', 3],
    ['', 0],
  ])('of %j is %i columns', (text, width) => expect(textWidth(text)).toBe(width))

  it('is never exceeded by what is cut to it, and no character is cut in two', () => {
    expect(cutToWidth('漢字漢字', 5)).toBe('漢字…')
    expect(cutToWidth('漢字漢字', 4)).toBe('漢…')
    expect(cutToWidth('abcdef', 4)).toBe('abc…')
    expect(cutToWidth('abcd', 4)).toBe('abcd')
    expect(cutToWidth('abcd', 0)).toBe('')
    expect(textWidth(cutToWidth('👩‍👩‍👧'.repeat(10), 7))).toBeLessThanOrEqual(7)
  })

  it('is filled up on the side away from the alignment', () => {
    expect(fitToWidth('漢', 4)).toBe('漢  ')
    expect(fitToWidth('1', 3, 'right')).toBe('  1')
  })

  it('takes no time for a text of a million combining marks', () => {
    const startedAt = performance.now()
    expect(textWidth(cutToWidth(`a${'\u0301'.repeat(1_000_000)}`, 10))).toBeLessThanOrEqual(10)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})

describe('text from outside', () => {
  it('becomes one line without controls, invisible signs and changes of direction', () => {
    expect(oneLineOf('a\u001b[2Jb\u0000c\u009bd')).toBe('a\ufffd[2Jb\ufffdc\ufffdd')
    expect(oneLineOf('x\u202egpj.exe\u2066\u200f\ufeff')).toBe('x\ufffdgpj.exe\ufffd\ufffd\ufffd')
    expect(oneLineOf('two\nlines\tand a tab\r\n')).toBe('two lines and a tab ')
    expect(oneLineOf('\ud800')).toBe('\ufffd')
    expect(oneLineOf('😀 漢字 עברית')).toBe('😀 漢字 עברית')
  })
})
