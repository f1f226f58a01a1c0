import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LineSplitter } from '../../../agent/report-sources/line-splitter.ts'
import { MetricRows } from '../../../agent/report-sources/metric-rows.ts'
import { StdoutLines } from '../../../agent/report-sources/stdout-lines.ts'

function split(chunks: readonly Buffer[], maxLineBytes = 1024) {
  const lines: string[] = []
  let longCount = 0
  const splitter = new LineSplitter({
    isCandidate: (first) => first === 0x7b,
    onLine: (line) => lines.push(line),
    onLongLine: () => longCount++,
    maxLineBytes,
  })
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return { lines, longCount }
}

it('finds the same lines wherever the stream is cut', () => {
  const bytes = fc.array(fc.constantFrom('{"a":1}', '{', 'x', '\n', '\r', ' ', 'é', '\0', '\t{"b":2}'), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(40)), (parts, cuts) => {
      const text = parts.join('')
      const whole = Buffer.from(text)
      const chunks: Buffer[] = []
      let at = 0
      for (const cut of [...cuts].sort((a, b) => a - b)) {
        if (cut <= at) continue
        chunks.push(whole.subarray(at, cut))
        at = Math.max(at, Math.min(cut, whole.length))
      }
      chunks.push(whole.subarray(at))
      const expected = text
        .split(/[\r\n]/)
        .map((line) => line.replace(/^[ \t]+/, ''))
        .filter((line) => line.startsWith('{'))
      expect(split(chunks).lines).toEqual(expected)
    }),
  )
})

it('throws a line over the cap away, says so once, and reads the next one', () => {
  const chunks = Array.from({ length: 10 }, () => Buffer.from('{'.repeat(200)))
  const { lines, longCount } = split([...chunks, Buffer.from('\n{"ok":1}\n')])
  expect(lines).toEqual(['{"ok":1}'])
  expect(longCount).toBe(1)
})

it('does not keep a line that cannot be a report', () => {
  const { lines, longCount } = split([Buffer.alloc(100_000, 'x'), Buffer.from('\n{"ok":1}')])
  expect(lines).toEqual(['{"ok":1}'])
  expect(longCount).toBe(0)
})

it('reads reports among other output: plain, marked, and after a progress bar', () => {
  const seen: unknown[] = []
  const notices: string[] = []
  const rows = new MetricRows({
    now: () => 0,
    onRow: (row) => seen.push(row.metrics),
    onNotice: (notice) => notices.push(notice.code),
  })
  const stdout = new StdoutLines(rows)
  const text =
    'epoch 1\n 10%|█\r100%|██\r{"a":1}\n::sweep:: {"b":2}\n{"not":"a number"}\n{broken\n::sweep:: nonsense\n{"c":3}'
  stdout.push(Buffer.from(text))
  stdout.end()
  expect(seen).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }])
  expect(notices).toEqual(['report_unreadable'])
})
