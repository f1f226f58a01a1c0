import * as fs from 'node:fs'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Journal, JournalBrokenError, JournalFullError } from '../../../agent/journal.ts'
import type { JournalOptions } from '../../../agent/journal.ts'
import type { JournalFs } from '../../../agent/journal-file.ts'
import type { AttemptJob, Report, ReportBody } from '../../../sweeps/protocol.ts'
import { fullDisk } from '../../support/full-disk.ts'

let directory: string
let opened: Journal[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sweep-journal-'))
  opened = []
})

afterEach(async () => {
  for (const journal of opened) await journal.close()
  rmSync(directory, { recursive: true, force: true })
})

function open(options: Partial<JournalOptions> = {}): Journal {
  const onFatal = (error: unknown) => expect.unreachable(`fatal: ${String(error)}`)
  const journal = new Journal({ directory, onFatal, reserveBytes: 64 * 1024, ...options })
  opened.push(journal)
  return journal
}

async function reopen(journal: Journal, options: Partial<JournalOptions> = {}): Promise<Journal> {
  await journal.close()
  return open(options)
}

const file = () => join(directory, 'journal.jsonl')
const job = (runId: string, attempt = 1): AttemptJob => ({
  protocol: 1,
  runId,
  attempt,
  token: `token-${runId}-${attempt}`,
  sweepId: 'sweep001',
  sweepName: 'test',
  project: 'default',
  configText: '{"lr": 1.0}',
  command: ['true'],
  program: null,
  groups: [],
  conditional: [],
  seed: 1,
  metric: null,
  graceMs: 1000,
  runTimeoutMs: null,
  noMetricTimeoutMs: null,
})
const metrics = (loss: number): ReportBody => ({
  kind: 'metrics',
  rows: [{ step: 1, at: 1, metrics: { loss } }],
})
const started: ReportBody = { kind: 'started', pid: 1, host: 'h', slot: 0 }
const ended: ReportBody = {
  kind: 'ended',
  outcome: 'finished',
  exitCode: 0,
  signal: null,
  reason: null,
  stderrTail: null,
}

/** Reports of an attempt that are not stored, as they would be sent. */
function unstored(journal: Journal, key: string): Report[] {
  const refs = journal.attempt(key)?.unstored ?? []
  return refs.map((ref) => JSON.parse(journal.readReport(ref)) as Report)
}

describe('what it remembers', () => {
  it('attempts, requests, processes and unstored reports survive a restart', async () => {
    const journal = open()
    await journal.accept(job('run00001'))
    await journal.starting('run00001-1')
    journal.spawned('run00001-1', { pid: 7, startTicks: 8, bootId: 'b' })
    await journal.report('run00001-1', started, 1)
    await journal.report('run00001-1', metrics(0.5), 2)
    await journal.request('run00001-1', { how: 'cancel', reason: 'r' })
    await journal.request('run00001-1', { how: 'early', reason: 'later' })
    const again = await reopen(journal)
    expect(again.attempt('run00001-1')).toMatchObject({
      token: 'token-run00001-1',
      job: { configText: '{"lr": 1.0}' },
      request: { how: 'cancel' },
      process: { pid: 7, startTicks: 8 },
      hasEnded: false,
      lastSeq: 2,
    })
    expect(unstored(again, 'run00001-1').map((report) => [report.seq, report.body.kind])).toEqual([
      [1, 'started'],
      [2, 'metrics'],
    ])
  })

  it('forgets stored reports, and an attempt when its end is stored, but never its number', async () => {
    const journal = open()
    await journal.accept(job('run00001', 3))
    await journal.report('run00001-3', started, 1)
    await journal.report('run00001-3', metrics(1), 2)
    journal.stored('run00001-3', 1)
    expect(unstored(journal, 'run00001-3').map((report) => report.seq)).toEqual([2])
    const again = await reopen(journal)
    expect(unstored(again, 'run00001-3').map((report) => report.seq)).toEqual([2])
    await again.report('run00001-3', ended, 3)
    again.stored('run00001-3', 3)
    expect(again.attempt('run00001-3')).toBeUndefined()
    const third = await reopen(again)
    expect([...third.attempts()]).toEqual([])
    expect(third.highestAttempt('run00001')).toBe(3)
    third.sweepEnded('sweep001')
    expect((await reopen(third)).highestAttempt('run00001')).toBe(0)
  })

  it('numbers go on without a gap after the file was rewritten', async () => {
    const journal = open({ compactAboveBytes: 1 })
    await journal.accept(job('run00001'))
    for (let n = 0; n < 50; n++) {
      await journal.report('run00001-1', metrics(n), n)
      journal.stored('run00001-1', n)
    }
    const size = fs.statSync(file()).size
    const again = await reopen(journal, { compactAboveBytes: 1 })
    await again.report('run00001-1', metrics(50), 50)
    expect(unstored(again, 'run00001-1').map((report) => report.seq)).toEqual([50, 51])
    expect(size).toBeLessThan(50 * 100)
  })

  it('a stop before the job is known after a restart', async () => {
    const journal = open()
    await journal.stopBeforeJob('run00001', 2, { how: 'early', reason: 'r' })
    const again = await reopen(journal)
    expect(again.highestAttempt('run00001')).toBe(2)
    expect(again.earlyStop('run00001', 2)).toEqual({ how: 'early', reason: 'r' })
    expect(again.earlyStop('run00001', 1)).toBeNull()
  })

  it('incarnations grow, also when the clock steps back', async () => {
    const journal = open()
    expect(await journal.beginIncarnation(5000)).toBe(5000)
    const again = await reopen(journal)
    expect(again.hasLeftCleanly).toBe(false)
    expect(await again.beginIncarnation(10)).toBe(5001)
    await again.leave()
    expect((await reopen(again)).hasLeftCleanly).toBe(true)
  })
})

describe('torn writes', () => {
  it('cut at any byte of the last line, it opens with everything before and goes on', async () => {
    const journal = open()
    await journal.accept(job('run00001'))
    await journal.report('run00001-1', started, 1)
    const whole = readFileSync(file()).length
    await journal.report('run00001-1', metrics(0.25), 2)
    await journal.close()
    const bytes = readFileSync(file())
    const quick = { fs: { ...fs, fsyncSync: () => {} }, reserveBytes: 1024 } // nothing loses power here
    for (let cut = whole; cut < bytes.length; cut++) {
      writeFileSync(file(), bytes)
      truncateSync(file(), cut)
      const torn = open(quick)
      expect(torn.attempt('run00001-1')?.lastSeq).toBe(1)
      await torn.report('run00001-1', metrics(1), 3)
      expect(unstored(torn, 'run00001-1').map((report) => report.seq)).toEqual([1, 2])
      const again = await reopen(torn, quick)
      expect(unstored(again, 'run00001-1').map((report) => report.seq)).toEqual([1, 2])
      await again.close()
    }
  })

  it('a line of rubbish is passed over and counted', async () => {
    const journal = open()
    await journal.accept(job('run00001'))
    await journal.close()
    fs.appendFileSync(file(), '\0\0\0\0\n{"t":"nothing we know"}\n')
    const again = open()
    expect(again.skippedLineCount).toBe(2)
    expect(again.attempt('run00001-1')).toBeDefined()
  })
})

describe('a full disk', () => {
  it('refuses jobs and metrics, and still takes starts, requests and ends', async () => {
    const disk = fullDisk()
    const journal = open({ fs: disk })
    await journal.accept(job('run00001'))
    await journal.report('run00001-1', metrics(1), 1)
    disk.freeBytes = 10
    expect(() => journal.report('run00001-1', metrics(2), 2)).toThrow(JournalFullError)
    expect(journal.isFull).toBe(true)
    await expect(journal.accept(job('run00002'))).rejects.toThrow(JournalFullError)
    await journal.request('run00001-1', { how: 'early', reason: 'r' })
    await journal.report('run00001-1', ended, 3)
    expect(unstored(journal, 'run00001-1').map((report) => report.body.kind)).toEqual(['metrics', 'ended'])
    const again = await reopen(journal, { fs: disk })
    expect(again.attempt('run00001-1')).toMatchObject({
      hasEnded: true,
      lastSeq: 2,
      request: { how: 'early' },
    })
    expect(unstored(again, 'run00001-1').map((report) => [report.seq, report.body.kind])).toEqual([
      [1, 'metrics'],
      [2, 'ended'],
    ])
    expect(again.highestAttempt('run00002')).toBe(0)
  })

  it('goes on as before when there is room again', async () => {
    const disk = fullDisk()
    const journal = open({ fs: disk })
    await journal.accept(job('run00001'))
    disk.freeBytes = 0
    await journal.report('run00001-1', started, 1)
    expect(journal.recover()).toBe(false)
    disk.freeBytes = Infinity
    expect(journal.recover()).toBe(true)
    await journal.report('run00001-1', metrics(1), 2)
    await journal.accept(job('run00002'))
    const again = await reopen(journal, { fs: disk })
    expect(unstored(again, 'run00001-1').map((report) => report.body.kind)).toEqual(['started', 'metrics'])
    expect(again.attempt('run00002-1')).toBeDefined()
  })

  it('opened on a full disk, it knows everything and takes nothing', async () => {
    const journal = open()
    await journal.accept(job('run00001'))
    await journal.close()
    rmSync(join(directory, 'journal.reserve'))
    const disk = fullDisk()
    disk.freeBytes = 0
    const again = open({ fs: disk })
    expect(again.attempt('run00001-1')).toBeDefined()
    await expect(again.accept(job('run00002'))).rejects.toThrow(JournalFullError)
  })

  it('with the reserve used up too, even an end is refused rather than half written', async () => {
    const disk = fullDisk()
    const journal = open({ fs: disk, reserveBytes: 100 })
    await journal.accept(job('run00001'))
    disk.freeBytes = 0
    await expect(journal.starting('run00001-1')).resolves.toBeUndefined()
    expect(() => journal.report('run00001-1', ended, 1)).toThrow(JournalFullError)
    const again = await reopen(journal, { fs: disk, reserveBytes: 100 })
    expect(again.attempt('run00001-1')).toMatchObject({ hasEnded: false, lastSeq: 0 })
  })
})

it('a failed flush is fatal: nothing is tried again and trusted', async () => {
  const failures: unknown[] = []
  let isBroken = false
  const breaking: JournalFs = {
    ...fs,
    fdatasync: ((handle: number, done: (error: NodeJS.ErrnoException | null) => void) =>
      isBroken ? done(new Error('EIO')) : fs.fdatasync(handle, done)) as typeof fs.fdatasync,
  }
  const journal = open({ fs: breaking, onFatal: (error) => failures.push(error) })
  await journal.accept(job('run00001'))
  isBroken = true
  await expect(journal.accept(job('run00002'))).rejects.toThrow('EIO')
  expect(failures).toHaveLength(1)
})

it('a write that fails for another reason than room is fatal once, and nothing is written after it', async () => {
  const failures: unknown[] = []
  let isBroken = false
  const breaking: JournalFs = {
    ...fs,
    writeSync: ((...args: Parameters<typeof fs.writeSync>) => {
      if (isBroken) throw new Error('EIO')
      return fs.writeSync(...args)
    }) as typeof fs.writeSync,
  }
  const journal = open({ fs: breaking, onFatal: (error) => failures.push(error) })
  await journal.accept(job('run00001'))
  isBroken = true
  const row = { step: 1, at: 1, metrics: { loss: 1 } }
  expect(() => journal.report('run00001-1', { kind: 'metrics', rows: [row] }, 1)).toThrow(JournalBrokenError)
  isBroken = false
  const ended = { outcome: 'finished', exitCode: 0, signal: null, reason: null, stderrTail: null } as const
  // An end behind a lost row would make a run look complete
  expect(() => journal.report('run00001-1', { kind: 'ended', ...ended }, 2)).toThrow('EIO')
  journal.forget('run00009-1')
  journal.sweepEnded('swp10000')
  expect(failures).toHaveLength(1)
  expect(journal.attempt('run00001-1')).toMatchObject({ hasEnded: false, lastSeq: 0 })
})
