// A long text of an attempt's provenance, made ready to be kept: storable, cut at a line's end, known by its hash.
import { createHash } from 'node:crypto'
import type { TextRef } from '../../sweeps/provenance.ts'
import { makeStorable } from '../report-sources/report-json.ts'

export interface StoredText {
  readonly ref: TextRef
  readonly text: string
}

/** @param isCut its end is missing already */
export function describeText(text: string, isCut: boolean): StoredText {
  const storable = makeStorable(text)
  const bytes = Buffer.from(storable, 'utf8')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { ref: { sha256, bytes: bytes.length, cut: isCut }, text: storable }
}

/** Whole lines of at most `maxBytes` together. */
export function cutLines(text: string, maxBytes: number): { text: string; isCut: boolean } {
  if (Buffer.byteLength(text) <= maxBytes) return { text, isCut: false }
  const kept = Buffer.from(text, 'utf8').subarray(0, maxBytes)
  return { text: kept.subarray(0, kept.lastIndexOf(10) + 1).toString('utf8'), isCut: true }
}
