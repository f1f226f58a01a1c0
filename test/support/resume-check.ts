// "A page that is closed and opened again resumes the event stream without loss or repetition": readers are cut off
// after a random number of bytes while a writer writes, resume with Last-Event-ID, and in the end every entry of the
// log was told once, in order, and what the page knows equals a fresh snapshot.
import { isDeepStrictEqual } from 'node:util'
import seedrandom from 'seedrandom'
import { presentChange } from '../../controller/live/change-messages.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { SweepId } from '../../sweeps/sweep.ts'
import { applyMessage, openStream, stateOf } from './live-page.ts'
import type { MessageJson, PageState, SnapshotJson } from './live-page.ts'
import { createLiveWriter } from './live-writer.ts'
import { storedSweep } from './store.ts'
import { pause } from './wait.ts'

/** Some 200 entries a second, so that a message of 250 ms has some 20 kB. */
const WRITER_PAUSE_MS = 8

export interface ResumeCheckOptions {
  /** The store that the server at `url` answers from. */
  readonly store: SweepStore
  readonly url: string
  readonly token: string
  /** Of all readers together. */
  readonly cuts: number
  readonly readers: number
  readonly seed: string
}

export interface ResumeResult {
  readonly cuts: number
  /** Connections that ended before the first event had come whole. */
  readonly cutBeforeFirstEvent: number
  readonly entries: number
  readonly messages: number
  readonly seconds: number
}

interface Page {
  readonly sweepId: SweepId | null
  readonly state: PageState
  readonly since: number
  readonly events: MessageJson['events'][number][]
  lastEventId: string | undefined
  messageCount: number
}

/** @throws Error with the first difference */
export async function checkResuming(options: ResumeCheckOptions): Promise<ResumeResult> {
  const { store, cuts, readers, seed } = options
  const startedAt = performance.now()
  const random = seedrandom(seed)
  const { sweep } = await storedSweep(store)
  const writer = createLiveWriter(store, sweep, random)
  for (let step = 0; step < 20; step += 1) await writer.step()
  let isWriting = true
  const writing = (async () => {
    while (isWriting) {
      await writer.step()
      await pause(WRITER_PAUSE_MS)
    }
  })()
  const result = { cuts: 0, cutBeforeFirstEvent: 0, messages: 0 }
  try {
    const pages = await Promise.all(
      // Every other page follows this sweep alone.
      Array.from({ length: readers }, (_, index) =>
        loadPage(options, sweep.id, index % 2 === 0 ? sweep.id : null),
      ),
    )
    await Promise.all(pages.map((page) => readWithCuts(page, Math.ceil(cuts / readers))))
    isWriting = false
    await writing
    const newest = await store.lastSeq()
    for (const page of pages) {
      await readUntil(options, page, newest)
      await compare(options, page, sweep.id)
      result.messages += page.messageCount
    }
    return { ...result, entries: newest, seconds: (performance.now() - startedAt) / 1000 }
  } finally {
    isWriting = false
    await writing
  }

  async function readWithCuts(page: Page, count: number): Promise<void> {
    for (let cut = 0; cut < count; cut += 1) {
      // Inside the head, the first, second or third event: 10 bytes to 30 kB of it, each order of magnitude as often.
      const cutAt = { events: Math.floor(3 * random()), bytes: Math.floor(10 ** (1 + 3.5 * random())) }
      const stream = await openStream({ ...requestOf(options, page), cutAt })
      await stream.closed
      takeEvents(page, stream.events)
      if (stream.events.length === 0) result.cutBeforeFirstEvent += 1
      page.lastEventId = stream.lastId() || page.lastEventId
      result.cuts += 1
    }
  }
}

async function loadPage(
  { url, token }: ResumeCheckOptions,
  sweepId: SweepId,
  followed: SweepId | null,
): Promise<Page> {
  const snapshot = await fetchSnapshot(url, token, sweepId)
  return {
    sweepId: followed,
    state: stateOf(snapshot),
    since: snapshot.seq,
    events: [],
    lastEventId: undefined,
    messageCount: 0,
  }
}

function requestOf({ url, token }: ResumeCheckOptions, page: Page) {
  const scope = page.sweepId === null ? '' : `&sweep=${page.sweepId}`
  return {
    url: `${url}/api/v1/changes/stream?since=${page.since}${scope}`,
    token,
    ...(page.lastEventId === undefined ? {} : { lastEventId: page.lastEventId }),
  }
}

function takeEvents(page: Page, events: readonly { name: string; data: string }[]): void {
  for (const { name, data } of events) {
    if (name !== 'changes') throw new Error(`the stream said "${name}": ${data}`)
    const message = JSON.parse(data) as MessageJson
    applyMessage(page.state, message)
    page.events.push(...message.events)
    page.messageCount += 1
  }
}

/** Reads on, uncut, until a message or a heart-beat has told everything. */
async function readUntil(options: ResumeCheckOptions, page: Page, newest: number): Promise<void> {
  const scope = page.sweepId === null ? {} : { sweepId: page.sweepId, withAgents: true }
  const told = Number(page.lastEventId ?? page.since)
  const left = await options.store.readChanges(told, Number.MAX_SAFE_INTEGER, scope)
  if (left.length === 0) return
  const isAll = (data: string) => (JSON.parse(data) as MessageJson).seq >= newest
  const stream = await openStream({
    ...requestOf(options, page),
    onEvent: ({ data }) => {
      if (isAll(data)) stream.cut()
    },
  })
  await stream.closed
  takeEvents(page, stream.events)
}

async function compare(
  { store, url, token }: ResumeCheckOptions,
  page: Page,
  sweepId: SweepId,
): Promise<void> {
  const scope = page.sweepId === null ? {} : { sweepId: page.sweepId, withAgents: true }
  const log = (await store.readChanges(page.since, Number.MAX_SAFE_INTEGER, scope)).map(presentChange)
  const wanted = JSON.parse(JSON.stringify(log)) as MessageJson['events']
  for (let index = 0; index < Math.max(wanted.length, page.events.length); index += 1) {
    if (!isDeepStrictEqual(wanted[index], page.events[index])) {
      const found = JSON.stringify(page.events.slice(index, index + 3))
      throw new Error(
        `entry ${index} of the log is ${JSON.stringify(wanted[index])}, the page was told ${found}`,
      )
    }
  }
  const fresh = stateOf(await fetchSnapshot(url, token, sweepId))
  if (!isDeepStrictEqual(page.state.sweep, fresh.sweep)) {
    throw new Error(
      `the page has ${JSON.stringify(page.state.sweep)}, a snapshot ${JSON.stringify(fresh.sweep)}`,
    )
  }
  for (const id of new Set([...fresh.runs.keys(), ...page.state.runs.keys()])) {
    const [known, wantedRun] = [page.state.runs.get(id), fresh.runs.get(id)]
    if (!isDeepStrictEqual(known, wantedRun)) {
      throw new Error(
        `run ${id}: the page has ${JSON.stringify(known)}, a snapshot ${JSON.stringify(wantedRun)}`,
      )
    }
  }
}

export async function fetchSnapshot(url: string, token: string, sweepId: string): Promise<SnapshotJson> {
  const response = await fetch(`${url}/api/v1/sweeps/${sweepId}/snapshot`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (!response.ok)
    throw new Error(`the snapshot was answered with ${response.status}: ${await response.text()}`)
  return (await response.json()) as SnapshotJson
}
