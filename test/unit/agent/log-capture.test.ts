import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LogCapture } from '../../../agent/log-capture.ts'
import type { LogStream } from '../../../agent/log-capture.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function capture(options: { capBytes?: number; tailBytes?: number; secret?: string } = {}) {
  const chunks: [LogStream, string][] = []
  const notices: string[] = []
  const log = new LogCapture({
    onChunk: (stream, text) => chunks.push([stream, text]),
    onNotice: (notice) => notices.push(notice.code),
    ...options,
  })
  return { log, chunks, notices, text: () => chunks.map(([, text]) => text).join('') }
}

it('coalesces what comes within 200 ms, per stream', () => {
  const { log, chunks } = capture()
  log.push('stdout', Buffer.from('a'))
  log.push('stderr', Buffer.from('b'))
  log.push('stdout', Buffer.from('c'))
  expect(chunks).toEqual([])
  vi.advanceTimersByTime(200)
  expect(chunks).toEqual([
    ['stdout', 'ac'],
    ['stderr', 'b'],
  ])
})

it('hands over 64 KiB at once, and cuts no character in two', () => {
  const { log, chunks } = capture()
  log.push('stdout', Buffer.from('x' + '😀'.repeat(40_000)))
  log.end()
  expect(chunks.every(([, text]) => text.length <= 65_536 && text.isWellFormed())).toBe(true)
  expect(chunks.map(([, text]) => text).join('')).toBe('x' + '😀'.repeat(40_000))
})

it('puts characters together that arrive in parts, and replaces NUL and what is no UTF-8', () => {
  const { log, text } = capture()
  const bytes = Buffer.from('é\0')
  log.push('stdout', bytes.subarray(0, 1))
  log.push('stdout', bytes.subarray(1))
  log.push('stdout', Buffer.from([0xff, 0xed, 0xa0, 0x80]))
  log.end()
  expect(text()).toMatch(/^é\ufffd+$/)
  expect(text()).not.toContain('\0')
})

it('past the cap keeps the newest bytes, with one marker, and hands them over at the end', () => {
  const { log, chunks, notices, text } = capture({ capBytes: 10, tailBytes: 6 })
  log.push('stdout', Buffer.from('0123456789'))
  log.push('stdout', Buffer.from('abcdefgh'))
  log.push('stdout', Buffer.from('ijkl'))
  vi.advanceTimersByTime(1000)
  expect(text()).toBe('0123456789')
  log.end()
  expect(notices).toEqual(['log_truncated'])
  expect(chunks.at(-1)?.[1]).toBe('[... 6 bytes not kept ...]\nghijkl')
})

it('keeps the last 20 lines of standard error, also past the cap', () => {
  const { log } = capture({ capBytes: 10 })
  for (let n = 0; n < 100; n++) log.push('stderr', Buffer.from(`line ${n}\n`))
  log.push('stdout', Buffer.from('not this\n'))
  expect(log.stderrTail?.split('\n')).toEqual(Array.from({ length: 20 }, (_, index) => `line ${80 + index}`))
  expect(capture().log.stderrTail).toBeNull()
})

it('shows nothing of a secret, also one that arrives in parts, past the cap or in the last lines of stderr', () => {
  const secret = 'abcdefghijklmnopqrstuvwxyz0123456789'
  for (let at = 1; at < secret.length; at++) {
    const { log, text } = capture({ secret })
    log.push('stderr', Buffer.from(`key=${secret.slice(0, at)}`))
    vi.advanceTimersByTime(1000)
    log.push('stderr', Buffer.from(`${secret.slice(at)}!`))
    log.end()
    expect(text()).toBe('key=***!')
    expect(log.stderrTail).toBe('key=***!')
  }
  for (const capBytes of [4, 14]) {
    const { log, text } = capture({ secret, capBytes, tailBytes: 100 })
    log.push('stdout', Buffer.from(`key=${secret}!`))
    log.end()
    expect(text()).toBe('key=***!')
  }
})

it('hands over what only looked like the beginning of a secret', () => {
  const { log, text } = capture({ secret: 'abcdefghijklmnop' })
  log.push('stdout', Buffer.from('abcdefghi'))
  vi.advanceTimersByTime(1000)
  log.push('stdout', Buffer.from(' and so on'))
  log.end()
  expect(text()).toBe('abcdefghi and so on')
})
