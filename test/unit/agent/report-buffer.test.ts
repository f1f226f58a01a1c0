import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Journal } from '../../../agent/journal.ts'
import { ReportBuffer } from '../../../agent/report-buffer.ts'
import type { Report, ReportBody } from '../../../sweeps/protocol.ts'
import { fullDisk } from '../../support/full-disk.ts'
import { provenanceFacts } from '../../support/records.ts'

const KEY = 'run00001-1'
const system: ReportBody & { kind: 'system' } = {
  kind: 'system',
  samples: [{ at: 1, values: { 'system.cpu': 50 } }],
}
const provenance: ReportBody & { kind: 'provenance' } = {
  kind: 'provenance',
  facts: provenanceFacts(),
  texts: [],
}

let directory: string
let disk: ReturnType<typeof fullDisk>
let journal: Journal
let buffer: ReportBuffer

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sweep-buffer-'))
  disk = fullDisk()
  const onFatal = (error: unknown) => expect.unreachable(`fatal: ${String(error)}`)
  journal = new Journal({ directory, onFatal, fs: disk, reserveBytes: 64 * 1024 })
  await journal.takeUnaccepted({ runId: 'run00001', attempt: 1, token: 't', sweepId: null })
  buffer = new ReportBuffer({ key: KEY, journal, onReport: () => {}, now: () => 1 })
})

afterEach(async () => {
  await journal.close()
  rmSync(directory, { recursive: true })
})

const reports = () =>
  (journal.attempt(KEY)?.unstored ?? []).map((ref) => JSON.parse(journal.readReport(ref)) as Report)

it('writes rows that came before a sample before it, each with the next number', () => {
  buffer.addRow({ step: 1, at: 1, metrics: { loss: 1 } })
  buffer.add(system)
  expect(reports().map(({ seq, body }) => [seq, body.kind])).toEqual([
    [1, 'metrics'],
    [2, 'system'],
  ])
})

it('drops samples on a full disk before they get a number, and says nothing of them', () => {
  disk.freeBytes = 0
  buffer.add(system)
  expect(journal.attempt(KEY)?.lastSeq).toBe(0)
  disk.freeBytes = Infinity
  journal.recover()
  buffer.add(system)
  expect(reports().map(({ seq, body }) => [seq, body.kind])).toEqual([[1, 'system']])
})

it('says of provenance that it was dropped', () => {
  disk.freeBytes = 0
  buffer.add(provenance)
  expect(journal.attempt(KEY)?.lastSeq).toBe(0)
  disk.freeBytes = Infinity
  journal.recover()
  buffer.add(system)
  expect(reports().map(({ body }) => body.kind)).toEqual(['notice', 'system'])
  expect(reports()[0]?.body).toMatchObject({ code: 'reports_dropped' })
})
