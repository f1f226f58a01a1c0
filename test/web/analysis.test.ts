// The analysis screen with few and many runs: what it says is what the server says, it says what it needs where there is
// too little, and it obeys the one selection.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { findViolations } from '../support/axe.ts'
import { fillWatchedSweep } from '../support/watched-sweep.ts'
import { fillAnalysed } from './analysis-scene.ts'
import { useVisits } from './visits.ts'

const visits = useVisits()

async function openAnalysis(ref: string, query = '', theme: 'light' | 'dark' = 'light'): Promise<Page> {
  const page = await visits.open(`/s/${ref}/analysis${query}`, { theme })
  await page.getByRole('heading', { name: 'Slices' }).waitFor()
  return page
}

const nowMs = Date.UTC(2026, 0, 1)
const importanceChart = (page: Page) => page.getByRole('img', { name: /matters to val_loss/i })

describe('without enough runs', () => {
  it('says of every part what it needs, with no run', async () => {
    const { sweep } = await fillAnalysed(visits.api.store, { count: 0, nowMs })
    const page = await openAnalysis(sweep.id)
    await page.getByText('Needs ~10 finished runs with a value of val_loss: there are 0.').waitFor()
    await page.getByText('Needs two parameters that differ between the runs.').waitFor()
    await page.getByText('Needs a run that has reported val_loss.').waitFor()
    await page.getByText('No run has come to a check yet').waitFor()
    expect(await page.getByRole('img').count()).toBe(0)
    expect(await findViolations(page)).toEqual([])
  })

  it('draws slices and curves of five runs, and no forest', async () => {
    const { sweep } = await fillAnalysed(visits.api.store, { count: 5, nowMs })
    const page = await openAnalysis(sweep.id)
    await page.getByText('Needs ~10 finished runs with a value of val_loss: there are 5.').waitFor()
    await page.getByRole('img', { name: 'val_loss by lr: 5 runs, too few for a median.' }).waitFor()
    await page.getByRole('img', { name: /^val_loss of 5 runs, newest values/ }).waitFor()
    expect(await importanceChart(page).count()).toBe(0)
  })

  it('says how runs could be ended early where none is', async () => {
    const { sweep } = await fillWatchedSweep(visits.api.store, { count: 5, nowMs })
    const page = await openAnalysis(sweep.id)
    await page.getByText('This sweep ends no run early.').waitFor()
  })
})

describe('with 50 runs', () => {
  it('shows the importance that the API tells, as a chart and as a table', async () => {
    const { sweep } = await fillAnalysed(visits.api.store, { count: 50, nowMs, nan: 1, failed: 1 })
    const page = await openAnalysis(sweep.id)
    await importanceChart(page).waitFor()
    const { json } = await visits.api.get(`/api/v1/sweeps/${sweep.id}/importance`)
    expect(json.parameters[0].name).toBe('lr')
    const note = page.getByText(`R² ${json.r2.toFixed(2)} on held-out runs`)
    await note.waitFor()
    expect(await note.textContent()).toContain('1 NaN left out')
    const panel = page.getByRole('region', { name: 'Importance for val_loss' })
    await panel.getByRole('button', { name: 'More of Importance for val_loss' }).click()
    await page.getByRole('menuitem', { name: 'Show as table' }).click()
    const first = panel.getByRole('row').nth(1)
    await first.waitFor()
    expect(await first.textContent()).toContain('lr')
  })

  it('takes the filter into every part, and keeps the brush of the other screens as context', async () => {
    const { sweep } = await fillAnalysed(visits.api.store, { count: 50, nowMs })
    const page = await openAnalysis(sweep.id, '?w=rank%3C%3D20&brush=depth:2..6')
    await page.getByText(/^forest, 20 runs/).waitFor()
    await page.getByText('of the filter, not of the brush').waitFor()
    await page.getByRole('img', { name: /^val_loss by lr.* 20 runs/ }).waitFor()
    await page.getByText('running median of the brushed runs').waitFor()
  })

  it('puts the chosen pair, metric and axes into the address, and reads them from there', async () => {
    const { sweep } = await fillAnalysed(visits.api.store, { count: 50, nowMs })
    const page = await openAnalysis(sweep.id)
    await page.getByRole('img', { name: /the model expects the best/ }).waitFor()
    await page.getByRole('combobox', { name: 'y', exact: true }).selectOption('opt')
    await page.getByRole('img', { name: /^val_loss by \w+ and opt/ }).waitFor()
    await page.getByRole('combobox', { name: 'metric' }).selectOption('acc')
    await page.getByRole('img', { name: /^acc by lr/ }).waitFor()
    expect(new URL(page.url()).searchParams.get('pair')).toMatch(/,opt$/)
    const again = await openAnalysis(sweep.id, new URL(page.url()).search)
    await again.getByRole('img', { name: /^val_loss by \w+ and opt/ }).waitFor()
    await again.getByRole('img', { name: /^acc by lr/ }).waitFor()
  })

  it('says whether stopping would have cut the winner, and selects the runs of a check', async () => {
    const { sweep, runs } = await fillAnalysed(visits.api.store, { count: 50, nowMs })
    const page = await openAnalysis(sweep.id)
    await page.getByText('Would it have cut the winner?').waitFor()
    await page.getByRole('button', { name: 'Select the runs ended at report 3' }).click()
    const stops = await visits.api.get(`/api/v1/sweeps/${sweep.id}/stops`)
    const ended = stops.json.bands[1].bins.flatMap((bin: { stopped: string[] }) => bin.stopped)
    expect(ended.length).toBeGreaterThan(2)
    expect(ended.length).toBeLessThan(runs.length)
    await page.getByText(`${ended.length} runs selected`).waitFor()
    await page.waitForURL((url) => url.searchParams.get('r')?.split(',').length === ended.length)
  })

  it.each(['light', 'dark'] as const)('has no violation that axe finds, %s', async (theme) => {
    const { sweep } = await fillAnalysed(visits.api.store, { count: 50, nowMs, running: 3 })
    const page = await openAnalysis(sweep.id, '', theme)
    await importanceChart(page).waitFor()
    await page.getByRole('img', { name: /the model expects the best/ }).waitFor()
    expect(await findViolations(page)).toEqual([])
  })
})

describe('with 2,000 runs', () => {
  it('draws everything with few elements, and says what was sampled', async () => {
    const { sweep } = await fillAnalysed(visits.api.store, { count: 2_000, nowMs })
    const page = await openAnalysis(sweep.id)
    await page.getByText(/^forest, 1,500 of 2,000 runs, sampled evenly/).waitFor({ timeout: 25_000 })
    await page.getByRole('img', { name: /^val_loss by lr over 2000 runs/ }).waitFor()
    await page.getByRole('img', { name: /the model expects the best/ }).waitFor({ timeout: 25_000 })
    expect(await page.evaluate('document.querySelectorAll("*").length')).toBeLessThan(1_500)
  })
})
