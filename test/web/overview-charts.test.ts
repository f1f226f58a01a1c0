// The history and the parallel coordinates of the overview: what is drawn, brushed, zoomed, read as a table, and kept
// while runs change.
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { fillStore } from '../../bench/queries-fill.ts'
import { aChange } from '../support/records.ts'
import { waitFor } from '../support/wait.ts'
import { useVisits } from './visits.ts'

const COUNT = 200
const visits = useVisits()
let path: string
let sweepId: Awaited<ReturnType<typeof fillStore>>['id']
beforeAll(async () => {
  let state = 42
  const sweep = await fillStore(
    visits.api.store,
    COUNT,
    () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647,
  )
  sweepId = sweep.id
  path = `/s/${sweep.id}`
})

async function open(query = ''): Promise<Page> {
  const page = await visits.open(path + query)
  await page.getByRole('img', { name: /as lines over/ }).waitFor()
  await page.getByRole('img', { name: /^Best loss/ }).waitFor()
  return page
}

/** How many pixels of a canvas are not empty. */
const inkOf = (page: Page, panel: string, layer: number) =>
  page.evaluate<number>(`(() => {
    const canvas = document.querySelectorAll('.${panel} canvas')[${layer}]
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let at = 3; at < data.length; at += 4) if (data[at] > 0) count += 1
    return count
  })()`)

it('draws the lines of all runs, and says in words what is to be seen', async () => {
  const page = await open()
  await waitFor('lines are drawn', async () => (await inkOf(page, 'parallel-panel', 0)) > 10_000)
  expect(await inkOf(page, 'parallel-panel', 1)).toBeGreaterThan(500)
  expect(await inkOf(page, 'history-panel', 0)).toBeGreaterThan(2_000)
  const [parallel, history] = await Promise.all([
    page.getByRole('img', { name: /as lines over/ }).getAttribute('aria-label'),
    page.getByRole('img', { name: /Best loss/ }).getAttribute('aria-label'),
  ])
  expect(parallel).toContain('200 runs as lines over 9 axes: lr, dropout')
  expect(history).toMatch(
    /^Best loss so far fell from [\d.]+ to [\d.e-]+ over 200 runs; found at run \d+ of 200\.$/,
  )
})

it('brushes an axis with the pointer, and clears it with a click', async () => {
  const page = await open()
  const box = await page.locator('.parallel-panel .chart-canvas').boundingBox()
  if (box === null) throw new Error('nothing is drawn')
  const x = box.x + 40
  await page.mouse.move(x, box.y + 30)
  await page.mouse.down()
  await page.mouse.move(x, box.y + 60)
  await page.mouse.move(x, box.y + 90)
  await page.mouse.up()
  await page.getByText(/^\d+ of 200 selected$/).waitFor()
  await waitFor('the brush stands in the URL', async () => /brush=lr/.test(page.url()))
  await page.mouse.click(x, box.y + 140)
  await page.getByText('drag along an axis to select').waitFor()
})

it('brushes with two numbers by keys, moves and hides axes, and keeps all of it in the URL', async () => {
  const page = await open()
  await page.getByRole('button', { name: 'Axis dropout' }).focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('From', { exact: true }).fill('0.1')
  await page.getByLabel('to', { exact: true }).fill('0.2')
  await page.keyboard.press('Enter')
  await page.getByText(/^\d+ of 200 selected$/).waitFor()
  await page.getByRole('button', { name: 'Move left' }).click()
  await page.getByRole('button', { name: 'Upside down' }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Axis layers' }).click()
  await page.getByRole('button', { name: 'Hide' }).click()
  await waitFor(
    'the URL says so',
    async () => /brush=dropout/.test(page.url()) && /axes=-dropout/.test(page.url()),
  )
  const heads = await page.locator('.parallel-head').allInnerTexts()
  expect(heads.slice(0, 3)).toEqual(['dropout ↓', 'lr', 'width'])
  const again = await open(new URL(page.url()).search)
  expect(await again.locator('.parallel-head').allInnerTexts()).toEqual(heads)
})

it('keeps zoom and brush while runs change', async () => {
  const page = await open('?x=20..60&brush=dropout:0.1..0.2')
  await page.getByText('runs 20–60').waitFor()
  const before = await page.getByText(/^\d+ of 200 selected$/).innerText()
  const runs = await visits.api.store.listRuns({ sweepId })
  const run = runs.find(({ configText }) => /"dropout":0\.1[2-8]/.test(configText))
  if (run === undefined) throw new Error('no run is in the brush')
  for (let round = 1; round <= 5; round += 1) {
    await visits.api.store.write(async (tx) => {
      await tx.saveRuns([{ ...run, value: -round }])
      await tx.recordChanges([
        aChange({ entity: 'run', entityId: run.id, sweepId, event: 'run.metrics', data: { attempt: 1 } }),
      ])
    })
    await page.getByRole('img', { name: new RegExp(`Best loss.* -${round} `) }).waitFor()
  }
  expect(await page.getByText(/^\d+ of 200 selected$/).innerText()).toBe(before)
  await page.getByText('runs 20–60').waitFor()
  expect(new URL(page.url()).searchParams.get('x')).toBe('20..60')
})

it('shows each chart as a table, and saves it as CSV and as a picture', async () => {
  const page = await open()
  for (const title of ['History', 'Parallel coordinates']) {
    const menu = page.getByRole('button', { name: `More of ${title}` })
    await menu.click()
    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Save as CSV' }).click(),
    ])
    expect(csv.suggestedFilename()).toMatch(/\.csv$/)
    await menu.click()
    const [png] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Save as PNG' }).click(),
    ])
    expect(png.suggestedFilename()).toMatch(/\.png$/)
    await menu.click()
    await page.getByRole('menuitem', { name: 'Show as table' }).click()
    const rows = page.getByRole('region', { name: `${title} as a table` }).getByRole('row')
    expect(await rows.count()).toBe(COUNT + 1)
  }
})
