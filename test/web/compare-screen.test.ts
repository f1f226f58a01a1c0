// The compare screen in Chromium: none, two and twelve runs; what differs; what would make one into another.
import { beforeAll, describe, expect, it } from 'vitest'
import { findViolations } from '../support/axe.ts'
import { fillHostileRun, PAYLOADS } from './hostile-run.ts'
import { fillRunScene, type RunScene } from './run-scene.ts'
import { useVisits } from './visits.ts'

const visits = useVisits()
let scene: RunScene
beforeAll(async () => {
  scene = await fillRunScene(visits.api)
})

const pathOf = (ids: readonly string[]) => `/s/${scene.sweep.id}/compare?r=${ids.join(',')}`
const ids = (count: number) => [scene.run, ...scene.others].slice(0, count).map(({ id }) => id)

describe('two runs', () => {
  it('have their results and what differs side by side, the better value marked', async () => {
    const page = await visits.open(pathOf(ids(2)))
    const results = page.getByRole('region', { name: 'Results of the runs' })
    await results.waitFor()
    await page.getByText('#2', { exact: true }).waitFor()
    expect(await results.getByRole('row', { name: /val\/loss \(ranked\)/ }).innerText()).toMatch(
      /0\.2834\s+0\.28\d\d ★/,
    )
    const config = page.getByRole('region', { name: 'Parameters of the runs' })
    expect(await config.getByRole('row').count()).toBe(1 + 5)
    await page.getByRole('img', { name: /^val\/loss of 2 runs/ }).waitFor()
  })

  it('say what would make one into the other, with all runs over each parameter', async () => {
    const page = await visits.open(pathOf(ids(2)))
    const list = page.locator('.into-item')
    await list.first().waitFor()
    expect(await list.count()).toBe(5)
    expect(
      await page.getByRole('img', { name: /^val\/loss over lr, 25 runs, .* logarithmic\.$/ }).count(),
    ).toBe(1)
    expect(await page.locator('.slice-mark').count()).toBe(10)
  })

  it('are copied as Markdown', async () => {
    const page = await visits.open(pathOf(ids(2)))
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.locator('.into-item').first().waitFor()
    await page.getByRole('button', { name: 'Copy as Markdown' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const text = String(await page.evaluate('navigator.clipboard.readText()'))
    expect(text).toContain(`|  | \`${scene.run.id}\` | \`${scene.best.id}\` |`)
    expect(text).toContain('| val/loss (ranked) | 0.2834 | **0.28')
  })
})

describe('twelve runs', () => {
  it.each(['light', 'dark'] as const)('fit, and keep nobody out (%s)', async (theme) => {
    const page = await visits.open(pathOf(ids(12)), { theme })
    await page.getByText('Compare 12 runs').waitFor()
    await page.locator('.compare-curves').scrollIntoViewIfNeeded()
    await page.locator('.curve-chart canvas').first().waitFor()
    expect(await page.getByRole('button', { name: /^Take run/ }).count()).toBe(12)
    expect(
      await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
    ).toBe(0)
    expect(await findViolations(page)).toEqual([])
  })

  it('are the most: of more the first twelve are compared, and that is said', async () => {
    const page = await visits.open(pathOf(ids(14)))
    await page.getByText('The link names 2 more').waitFor()
    await page.getByText('Compare 12 runs').waitFor()
    expect(await page.getByLabel('Id of a run to add').isDisabled()).toBe(true)
  })
})

describe('hostile texts', () => {
  it.each(PAYLOADS.map((payload) => [payload.slice(0, 40), payload] as const))(
    'are text, and nothing else: %j',
    async (_, payload) => {
      const { sweep, run } = await fillHostileRun(visits.api, payload)
      const page = await visits.open(`/s/${sweep.id}/compare?r=${run.id},${scene.run.id}`)
      await page.getByText('Compare 2 runs').waitFor()
      await page.locator('.compare-curves').scrollIntoViewIfNeeded()
      await page.locator('.curve-chart').first().waitFor()
      expect(await page.evaluate('window.hit')).toBeUndefined()
      expect(await page.locator('main script, main [onerror], main [onload]').count()).toBe(0)
      expect(
        await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      ).toBe(0)
    },
  )
})

describe('the choice', () => {
  it('without runs says how to choose them, and takes ids; the address follows', async () => {
    const page = await visits.open(pathOf([]))
    await page.getByText('Choose at least two').waitFor()
    for (const id of ids(2)) {
      await page.getByLabel('Id of a run to add').fill(id)
      await page.keyboard.press('Enter')
      await page.waitForURL(new RegExp(id))
    }
    await page.getByText('Compare 2 runs').waitFor()
    await page.getByRole('button', { name: `Take run ${scene.run.id} away` }).click()
    await page.waitForURL((url) => url.searchParams.get('r') === scene.best.id)
    await page.goBack()
    await page.getByText('Compare 2 runs').waitFor()
  })

  it('names a run that is not there, and compares the others', async () => {
    const page = await visits.open(pathOf([...ids(2), 'zzzzzzzz']))
    await page.getByText('Run zzzzzzzz could not be loaded').waitFor()
    await page.getByText('Compare 2 runs').waitFor()
  })
})
