import { describe, expect, it } from 'vitest'
import {
  LogJoiner,
  printedOver,
  readAnsi,
  stripAnsi,
  type LogChunk,
} from '../../../web/screens/run/log-lines.ts'

const chunk = (text: string, more: Partial<LogChunk> = {}): LogChunk => ({
  attempt: 1,
  seq: 1,
  at: '2026-01-01T00:00:00.000Z',
  stream: 'stdout',
  text,
  ...more,
})

describe('lines of a log', () => {
  it('are put together where a report cut them, each stream by itself', () => {
    const joiner = new LogJoiner()
    expect(joiner.take(chunk('one\ntw'))).toMatchObject([{ text: 'one' }])
    expect(joiner.take(chunk('warn', { stream: 'stderr' }))).toEqual([])
    expect(joiner.open.map(({ text }) => text)).toEqual(['tw', 'warn'])
    expect(joiner.take(chunk('o\n'))).toMatchObject([{ text: 'two', stream: 'stdout' }])
    expect(joiner.take(chunk('ing\n', { stream: 'stderr' }))).toMatchObject([{ text: 'warning' }])
    expect(joiner.open).toEqual([])
  })

  it('are whole in notices and in what a client sends', () => {
    const joiner = new LogJoiner()
    expect(joiner.take(chunk('cut', { stream: 'notice' }))).toMatchObject([{ text: 'cut' }])
    expect(joiner.take(chunk('sent', { seq: 2 ** 40 }))).toMatchObject([{ text: 'sent' }])
  })

  it.each([
    ['a\rb', 'b'],
    ['10%\r20%\r', '20%'],
    ['abcdef\rxy', 'xycdef'],
    ['plain', 'plain'],
    ['\r\r', ''],
    ['old text\r\u001b[32m100%\u001b[0m', '\u001b[32m100%\u001b[0m'],
  ])('show what a terminal would show at last of %j', (text, shown) => {
    expect(printedOver(text)).toBe(shown)
  })
})

describe('colours of terminals', () => {
  it('become pieces', () => {
    expect(readAnsi('a\u001b[31mred\u001b[1m bold\u001b[0m z')).toEqual([
      { text: 'a', colour: null, isBold: false },
      { text: 'red', colour: 1, isBold: false },
      { text: ' bold', colour: 1, isBold: true },
      { text: ' z', colour: null, isBold: false },
    ])
  })

  it('are known when they are bright, of 256, or true, as far as 16 go', () => {
    expect(readAnsi('\u001b[92mx').at(0)?.colour).toBe(10)
    expect(readAnsi('\u001b[38;5;3mx').at(0)?.colour).toBe(3)
    expect(readAnsi('\u001b[38;5;200mx').at(0)?.colour).toBeNull()
    expect(readAnsi('\u001b[38;2;1;31;1;1mx').at(0)).toMatchObject({ colour: null, isBold: true })
  })

  it.each([
    '\u001b[2K',
    '\u001b[?25l',
    '\u001b]0;title\u0007',
    '\u001b]8;;http://x\u001b\\',
    '\u0007',
    '\u0000',
    '\u001b',
    '\u009b',
  ])('and every other control character leave nothing behind: %j', (sequence) => {
    expect(stripAnsi(`a${sequence}b`)).toBe('ab')
  })

  it('cost time linear in the line', () => {
    const started = performance.now()
    stripAnsi('\u001b]'.repeat(50_000))
    stripAnsi('\u001b['.repeat(50_000))
    stripAnsi(`\u001b[${'1;'.repeat(50_000)}`)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})
