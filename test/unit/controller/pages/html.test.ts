import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  escapeHtml,
  facts,
  markup,
  link,
  page,
  pathOf,
  said,
  table,
} from '../../../../controller/pages/html.ts'
import { showNumber, valueTable } from '../../../../controller/pages/show-values.ts'

/** Elements and attributes as a browser finds them, roughly: enough to see a text become one. */
function tagsIn(text: string): string[] {
  return [...text.matchAll(/<\/?([a-z!][a-z0-9]*)[^>]*>/gi)].map(([, name]) => (name ?? '').toLowerCase())
}

const OWN_TAGS = new Set(
  '!doctype html head meta title link body div table thead tbody tr th td bdi i dl dt dd a p h1 pre'.split(
    ' ',
  ),
)

const PAYLOADS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title><svg/onload=alert(1)>',
  '</pre><iframe src=javascript:alert(1)>',
  '&lt;script&gt;',
  '<!--',
  ']]>',
  'javascript:alert(1)',
  '\u202egnp.exe',
  '\u2066\u2067\u200f\u061c',
  '\u0000\u0008\u001b[31m',
  '\ud800 half a pair',
]

describe('a page', () => {
  test.each(PAYLOADS)('shows %j as text wherever it stands', (payload) => {
    const text = page(
      payload,
      markup`<h1>${said(payload)}</h1>
        ${link(pathOf(payload, 'runs', payload), payload)}${facts([['name', said(payload)]])}
        ${table({ columns: [payload], rows: [[said(payload), payload]] }, payload)}${valueTable({ [payload]: payload, nested: { [payload]: [payload] } }, '')}`,
    )
    for (const tag of tagsIn(text)) expect(OWN_TAGS).toContain(tag)
    expect(text).not.toMatch(/<[^>]*\s(on\w+)\s*=/i)
    expect(text).not.toMatch(/[\u0000-\u0008\u001b]/)
    expect(text.match(/href="[^"]*"/g)?.every((href) => href.startsWith('href="/'))).toBe(true)
  })

  test('sets marks of direction apart from the rest of the page', () => {
    expect(said('\u202eabc').text).toBe('<bdi>\u202eabc</bdi>')
  })

  test('cuts off a text of 10,000 characters, and says so', () => {
    const { text } = said('x'.repeat(10_000))
    expect(text.length).toBeLessThan(2_100)
    expect(text).toContain('8000 more characters')
  })

  test('a text between tags holds no markup, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeHtml(text)
        expect(escaped).not.toMatch(/[<>"']/)
        expect(escaped.replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&')
      }),
    )
  })

  test('numbers have six digits, and say when they are none', () => {
    expect(showNumber(0.123456789)).toBe('0.123457')
    expect(showNumber(NaN)).toBe('NaN')
    expect(showNumber(null)).toBe('')
    expect(showNumber(120000)).toBe('120000')
  })
})
