// The overview while things happen: nothing that is looked at moves, nothing is lost when the server goes and comes
// back, and nine tabs hold one stream.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { RunRecord } from '../../sweeps/run.ts'
import { aRun, aSummary } from '../support/records.ts'
import { waitFor } from '../support/wait.ts'
import { fillWatchedSweep, seededRandom, type WatchedSweep } from '../support/watched-sweep.ts'
import { useVisits } from './visits.ts'

const visits = useVisits({ clock: 'now' })

/** Changes the sweep as agents would: values improve, runs end, new ones come. */
function createMover({ sweep, runs }: WatchedSweep) {
  const random = seededRandom(11)
  let open = runs.filter(({ state }) => state === 'running')
  let now = Date.now()
  return async function move(): Promise<void> {
    const at = (now += 5)
    const kind = random()
    const picked = open[Math.floor(random() * open.length)]
    let changed: RunRecord
    let event: string
    if (kind < 0.2 || picked === undefined) {
      changed = aRun({
        sweepId: sweep.id,
        state: 'running',
        configText: `{"lr":${random().toFixed(6)},"bs":32,"depth":4,"opt":"adamw","weight_decay":1e-05,"epochs":20,"dataset":"imagenet-100"}`,
        value: 0.2 + random(),
        createdAt: at,
        startedAt: at,
      })
      event = 'run.started'
      open = [...open, changed]
    } else if (kind < 0.4) {
      changed = { ...picked, state: 'finished', finishedAt: at, openAttempt: null }
      event = 'run.finished'
      open = open.filter(({ id }) => id !== picked.id)
    } else {
      changed = { ...picked, value: Math.min(picked.value ?? 9, 0.2 + random()) }
      event = 'run.metrics'
      open = open.map((run) => (run.id === changed.id ? changed : run))
    }
    const { value } = changed
    await visits.api.store.write(async (tx) => {
      if (event === 'run.started') await tx.insertRuns([changed])
      else await tx.saveRuns([changed])
      if (value !== null)
        await tx.saveSummaries(changed.id, [
          aSummary({ key: 'val_loss', last: value, min: value, max: 2.3, best: value }),
        ])
      await tx.recordChanges([
        { at, entity: 'run', entityId: changed.id, sweepId: sweep.id, event, data: { attempt: 1 } },
      ])
    })
  }
}

/** What a person has before the eyes. */
const gazeOf = (page: Page) =>
  page.evaluate<Record<string, unknown>>(`(() => {
    const grid = document.querySelector('[role=grid]')
    const top = grid.getBoundingClientRect().top + 30
    const rows = [...grid.querySelectorAll('[data-row]')]
    const first = rows.find((row) => row.getBoundingClientRect().bottom > top + 1)
    const active = document.getElementById(grid.getAttribute('aria-activedescendant'))
    return {
      scrollTop: grid.scrollTop,
      pageTop: window.scrollY,
      firstRow: first?.dataset.row,
      activeRow: active?.dataset.row,
      focus: document.activeElement?.getAttribute('role'),
      brush: new URLSearchParams(location.search).get('brush'),
      zoom: new URLSearchParams(location.search).get('x'),
    }
  })()`)

/** The ids of the ranked runs in the order of the page, all of them. */
async function rankedOf(page: Page): Promise<string[]> {
  const ids = new Map<number, string>()
  const grid = page.getByRole('grid')
  const count = Number(await grid.getAttribute('aria-rowcount')) - 1
  for (let top = 0; ids.size < count && top < count * 28 + 600; top += 200) {
    const rows = await page.evaluate<[number, string, string][]>(`(async () => {
      const grid = document.querySelector('[role=grid]')
      grid.scrollTop = ${top}
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      return [...grid.querySelectorAll('[data-row]')].map((row) => [
        Number(row.getAttribute('aria-rowindex')), row.dataset.row, row.children[1].textContent,
      ])
    })()`)
    for (const [index, id, place] of rows) ids.set(index, /\d/.test(place) ? id : '')
  }
  return [...ids]
    .sort(([a], [b]) => a - b)
    .map(([, id]) => id)
    .filter((id) => id !== '')
}

const bestIds = async (ref: string): Promise<string[]> =>
  (await visits.api.get(`/api/v1/sweeps/${ref}/best?n=1000`)).json.runs.map((run: { id: string }) => run.id)

it('moves neither scroll, zoom, first row, active row, brush nor focus in 200 live changes, and is right afterwards', async () => {
  const watched = await fillWatchedSweep(visits.api.store, { count: 300, running: 20, nowMs: Date.now() })
  const { id } = watched.sweep
  const page = await visits.open(`/s/${id}?brush=lr:0.00001..0.02&x=10..290`)
  await page.getByRole('grid').waitFor()
  await page.getByRole('grid').focus()
  for (let press = 0; press < 40; press += 1) await page.keyboard.press('ArrowDown')
  await page.locator('[aria-rowindex="41"]').waitFor()
  const before = await gazeOf(page)
  expect(before).toMatchObject({ focus: 'grid', brush: 'lr:0.00001..0.02', zoom: '10..290' })
  expect(before['scrollTop']).toBeGreaterThan(0)
  const move = createMover(watched)
  for (let count = 0; count < 200; count += 1) await move()
  const { json } = await visits.api.get(`/api/v1/sweeps/${id}`)
  const { finished, stopped } = json.sweep.counts
  await page.getByText(`${finished + stopped} of 300 runs ended`).waitFor()
  expect(await gazeOf(page)).toEqual(before)
  const pill = page.getByRole('button', { name: /apply order/ })
  await pill.click()
  await page.getByRole('button', { name: /Take this range back|lr:/ }).click()
  const { total } = (await visits.api.get(`/api/v1/sweeps/${id}/runs?limit=1`)).json
  await page.getByRole('grid', { name: `Ranking of ${total} runs` }).waitFor()
  expect(await rankedOf(page)).toEqual(await bestIds(id))
}, 90_000)

it('opens nine tabs that all live, over one stream', async () => {
  const watched = await fillWatchedSweep(visits.api.store, { count: 30, running: 5, nowMs: Date.now() })
  const visitor = await visits.visit()
  const pages: Page[] = []
  for (let tab = 0; tab < 9; tab += 1) {
    const page = await visitor.open(`/s/${watched.sweep.id}`)
    await page.getByRole('grid', { name: 'Ranking of 30 runs' }).waitFor()
    pages.push(page)
  }
  await waitFor('one stream', () => visits.api.listenerCount === 1)
  const asked = pages.map((page) => page.evaluate(`performance.getEntriesByType('resource').length`))
  expect((await Promise.all(asked)).length).toBe(9)
  const ended = watched.runs.find(({ state }) => state === 'running')
  if (ended === undefined) throw new Error('no run runs')
  await visits.api.store.write(async (tx) => {
    await tx.saveRuns([{ ...ended, state: 'finished', value: 0.0123, finishedAt: Date.now() }])
    await tx.recordChanges([
      {
        at: Date.now(),
        entity: 'run',
        entityId: ended.id,
        sweepId: watched.sweep.id,
        event: 'run.finished',
        data: {},
      },
    ])
  })
  for (const page of pages) await page.getByRole('region', { name: 'Summary' }).getByText('0.01230').waitFor()
  expect(visits.api.listenerCount).toBe(1)
}, 90_000)

it('says within 5 s that the server is gone, keeps what it shows, and goes on from where it was', async () => {
  const watched = await fillWatchedSweep(visits.api.store, { count: 60, running: 8, nowMs: Date.now() })
  const { id } = watched.sweep
  const page = await visits.open(`/s/${id}`)
  await page.getByRole('grid', { name: 'Ranking of 60 runs' }).waitFor()
  await waitFor('the stream', () => visits.api.listenerCount >= 1)
  let snapshots = 0
  page.on('request', (request) => {
    if (request.url().includes('/snapshot')) snapshots += 1
  })
  await visits.api.hangUp()
  await page.getByText('The server does not answer.').waitFor({ timeout: 5_000 })
  expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('61')
  expect(await page.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true)
  const move = createMover(watched)
  for (let count = 0; count < 30; count += 1) await move()
  await visits.api.answerAgain()
  await page.getByText('The server does not answer.').waitFor({ state: 'detached' })
  const { json } = await visits.api.get(`/api/v1/sweeps/${id}`)
  const { finished, stopped } = json.sweep.counts
  await page.getByText(`${finished + stopped} of 200 runs ended`).waitFor()
  expect(snapshots).toBe(0) // by the change log, not by loading everything anew
  expect(await rankedOf(page)).toEqual(await bestIds(id))
}, 60_000)
