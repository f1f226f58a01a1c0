// Ways through the overview: by keys alone, and by a link that somebody sent.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { fillWatchedSweep } from '../support/watched-sweep.ts'
import { useVisits } from './visits.ts'

const visits = useVisits({ clock: 'now' })

const rowsOf = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('[role=grid] [data-row]')]
    .sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'))
    .map((row) => row.dataset.row + ' ' + row.innerText)`)

const focusOf = (page: Page) =>
  page.evaluate<string>('(document.activeElement.getAttribute("role") ?? document.activeElement.innerText)')

async function tabTo(page: Page, what: string): Promise<void> {
  for (let press = 0; press < 60; press += 1) {
    if ((await focusOf(page)) === what) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`60 presses of Tab do not reach ${what}`)
}

it('finds the best run, compares two and pauses the sweep, by keys alone', async () => {
  const { sweep } = await fillWatchedSweep(visits.api.store, {
    count: 50,
    running: 4,
    failed: 2,
    nowMs: Date.now(),
  })
  const { json } = await visits.api.get(`/api/v1/sweeps/${sweep.id}/best?n=2`)
  const page = await visits.open(`/s/${sweep.id}?w=state:finished`)
  await page.getByRole('grid').waitFor()
  await tabTo(page, 'grid')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press(' ')
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.getByText('2 runs checked').waitFor()
  const checked = await page
    .locator('[aria-selected=true]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-row')))
  expect(checked[0]).toBe(json.runs[0].id)
  await page.keyboard.press('c')
  await page.waitForURL(`**/s/${sweep.id}/compare?r=*`)
  expect(new URL(page.url()).searchParams.get('r')?.split(',')).toEqual(checked)
  await page.goBack()
  await page.getByRole('grid').waitFor()
  await tabTo(page, 'Pause')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Resume' }).waitFor()
  expect((await visits.api.get(`/api/v1/sweeps/${sweep.id}`)).json.sweep.state).toBe('paused')
})

it('opens a run by Enter, goes to pages by two keys, lists the keys, and can leave single keys alone', async () => {
  const { sweep } = await fillWatchedSweep(visits.api.store, { count: 50, nowMs: Date.now() })
  const page = await visits.open(`/s/${sweep.id}?sort=lr`)
  await page.getByRole('grid').waitFor()
  await page.keyboard.press('j')
  expect(await focusOf(page)).toBe('grid')
  const first = (await rowsOf(page))[0]?.split(' ')[0]
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/s/${sweep.id}/r/${first}`)
  await page.goBack()
  await page.getByRole('grid').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('opt:sgd')
  await page.getByRole('grid', { name: /Ranking of \d\d? runs/ }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('write a filter').waitFor()
  await page.getByRole('checkbox', { name: /Single keys/ }).uncheck()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await page.keyboard.press('?')
  expect(new URL(page.url()).pathname).toBe(`/s/${sweep.id}`)
  expect(await page.getByRole('dialog').count()).toBe(0)
  await page.evaluate("localStorage.removeItem('sweep.keys')")
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await page.waitForURL(`**/s/${sweep.id}/analysis*`)
})

it('shows in another browser, by its link, the same rows in the same order', async () => {
  const { sweep } = await fillWatchedSweep(visits.api.store, { count: 200, failed: 10, nowMs: Date.now() })
  const sender = await visits.open(`/s/${sweep.id}`)
  await sender.getByRole('grid').waitFor()
  await sender.getByRole('searchbox', { name: 'filter' }).fill('lr>=1e-4 opt:adamw|lion')
  await sender.getByRole('grid').getByRole('button', { name: 'depth' }).click()
  await sender.getByRole('grid').getByRole('button', { name: 'depth' }).click()
  await sender
    .getByRole('grid')
    .getByRole('button', { name: 'lr', exact: true })
    .click({ modifiers: ['Shift'] })
  await sender.getByLabel('Which value of the metric ranks').selectOption('last')
  await sender.getByRole('button', { name: 'Columns' }).click()
  await sender.getByRole('checkbox', { name: 'acc (metric)' }).check()
  await sender.keyboard.press('Escape')
  await sender.waitForURL(/w=lr.*/)
  const link = sender.url()
  expect(Object.keys(Object.fromEntries(new URL(link).searchParams)).sort()).toEqual([
    'cols',
    'sort',
    'sum',
    'w',
  ])
  const receiver = await visits.open(new URL(link).pathname + new URL(link).search)
  await receiver.getByRole('grid').waitFor()
  await expect.poll(() => rowsOf(receiver)).toEqual(await rowsOf(sender))
  const brushed = await visits.open(`/s/${sweep.id}?brush=lr:0.0001..0.001,opt:sgd`)
  await brushed.getByRole('grid').waitFor()
  const { json } = await visits.api.get(
    `/api/v1/sweeps/${sweep.id}/runs?limit=1000&where=${encodeURIComponent('lr>=0.0001 lr<=0.001 opt:sgd')}`,
  )
  await brushed.getByRole('grid', { name: `Ranking of ${json.total} run` }).waitFor()
})

it('changes runs and the sweep after it has said what that means', async () => {
  const { sweep, runs } = await fillWatchedSweep(visits.api.store, {
    count: 20,
    running: 3,
    nowMs: Date.now(),
  })
  const page = await visits.open(`/s/${sweep.id}?w=state:running`)
  await page.getByRole('checkbox', { name: 'Check all runs of the list' }).check()
  await page.getByRole('button', { name: 'Tag…' }).click()
  await page.getByLabel('Add').fill('keep, second')
  await page.getByRole('button', { name: 'Change tags' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const running = runs.filter(({ state }) => state === 'running')
  for (const { id } of running)
    expect((await visits.api.get(`/api/v1/runs/${id}`)).json.run.tags).toEqual(['keep', 'second'])
  await page.getByRole('searchbox', { name: 'filter' }).fill('tag:keep')
  await page.getByRole('grid', { name: 'Ranking of 3 runs' }).waitFor()
  await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: 'More' }).click()
  await page.getByRole('button', { name: 'Cancel…' }).click()
  await page.getByText('3 running runs will be ended now and not be ranked').waitFor()
  await page.getByRole('button', { name: 'Leave it' }).click()
  expect((await visits.api.get(`/api/v1/sweeps/${sweep.id}`)).json.sweep.state).toBe('running')
  await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: 'More' }).click()
  await page.getByRole('button', { name: 'Cancel…' }).click()
  await page.getByLabel(/Why/).fill('enough')
  await page.getByRole('button', { name: 'Cancel the sweep' }).click()
  await page.getByText('cancelled').first().waitFor()
  const { state, stateReason } = (await visits.api.get(`/api/v1/sweeps/${sweep.id}`)).json.sweep
  expect([state, stateReason]).toEqual(['cancelled', 'enough'])
})

it('shows to who may only look what he may not do, and why', async () => {
  const { sweep } = await fillWatchedSweep(visits.api.store, {
    count: 20,
    running: 3,
    failed: 2,
    nowMs: Date.now(),
  })
  const page = await visits.open(`/s/${sweep.id}`, { role: 'viewer' })
  await page.getByText('read-only').waitFor()
  const pause = page.getByRole('button', { name: 'Pause' })
  expect(await pause.isDisabled()).toBe(true)
  expect(await pause.getAttribute('title')).toContain('may only look')
  await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: 'More' }).click()
  for (const name of ['Stop…', 'Cancel…', 'Extend by more runs…', 'Retry 2 failed runs…'])
    expect(await page.getByRole('button', { name }).isDisabled()).toBe(true)
  expect(await page.getByRole('button', { name: 'Export…' }).isDisabled()).toBe(false)
  await page.keyboard.press('Escape')
  await page.getByRole('checkbox', { name: 'Check all runs of the list' }).check()
  for (const name of ['Tag…', 'Note…', /^Retry/, /^End…/])
    expect(await page.getByRole('button', { name }).last().isDisabled()).toBe(true)
})
