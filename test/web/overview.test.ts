// The overview with few and many runs, and with texts that somebody means ill: what it says is what the server says.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { findViolations } from '../support/axe.ts'
import { fillWatchedSweep, type WatchedOptions } from '../support/watched-sweep.ts'
import { useVisits } from './visits.ts'

const visits = useVisits({ clock: 'now' })

const fill = (options: Omit<WatchedOptions, 'nowMs'>) =>
  fillWatchedSweep(visits.api.store, { nowMs: Date.now(), ...options })

async function openOverview(ref: string, query = ''): Promise<Page> {
  const page = await visits.open(`/s/${ref}${query}`)
  await page.getByRole('grid').waitFor()
  return page
}

/** Texts of the first rows, without what is clipped away by the eye alone. */
const cellsOf = (page: Page, column: number) =>
  page
    .getByRole('grid')
    .evaluate(
      (grid, at) =>
        [...grid.querySelectorAll(`[role=row]:not([aria-rowindex="1"]) [aria-colindex="${at}"]`)]
          .sort(
            (a, b) =>
              Number(a.parentElement?.getAttribute('aria-rowindex')) -
              Number(b.parentElement?.getAttribute('aria-rowindex')),
          )
          .map((cell) => cell.textContent),
      column,
    )

describe('with few runs', () => {
  it('says with no run and no agent what to type, and that nothing is ranked', async () => {
    const { sweep } = await fill({ count: 0, agents: 0 })
    const page = await openOverview(sweep.id)
    await page.getByText(`sweep agent ${sweep.id} --server ${visits.api.url}`).waitFor()
    await page.getByText('No run is ranked by val_loss yet').waitFor()
    await page.getByText('No runs yet.').waitFor()
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('1')
  })

  it('shows one run as the best', async () => {
    const { sweep, runs } = await fill({ count: 1 })
    const page = await openOverview(sweep.id)
    const summary = page.getByRole('region', { name: 'Summary' })
    await summary.getByRole('link', { name: runs[0]?.id ?? '' }).waitFor()
    expect(await cellsOf(page, 2)).toEqual(['★ 1'])
  })
})

describe('with 50 runs', () => {
  it('shows the numbers and the order of GET /best, running runs between them without a place', async () => {
    const { sweep } = await fill({ count: 50, running: 4, failed: 2, nan: 1 })
    const best = await visits.api.get(`/api/v1/sweeps/${sweep.id}/best?n=9`)
    const page = await openOverview(sweep.id)
    const [places, ids, values] = await Promise.all([cellsOf(page, 2), cellsOf(page, 3), cellsOf(page, 4)])
    const ranked = ids.filter((_, index) => places[index] !== '~').slice(0, 9)
    expect(ranked).toEqual(best.json.runs.map((run: { id: string }) => run.id))
    const shown = values.filter((_, index) => places[index] !== '~').slice(0, 9)
    expect(shown).toEqual(best.json.runs.map((run: { value: number }) => run.value.toPrecision(4)))
    expect(places.some((place) => place === '~')).toBe(true)
    for (const [index, place] of places.entries()) expect(values[index]?.endsWith('?')).toBe(place === '~')
    const summary = page.getByRole('region', { name: 'Summary' })
    await summary.getByText(best.json.runs[0].value.toPrecision(4)).waitFor()
    await summary.getByText(/46 of 200 runs ended/).waitFor()
    await summary.getByText(/2 failed/).waitFor()
    await summary.getByText(/1 ended with NaN/).waitFor()
  })

  it('puts NaN and missing values last in both directions', async () => {
    const { sweep } = await fill({ count: 20, failed: 3, nan: 2 })
    for (const query of ['?sort=val_loss', '?sort=-val_loss']) {
      const sorted = await openOverview(sweep.id, query)
      await sorted.getByRole('grid').focus()
      await sorted.keyboard.press('End')
      await sorted.locator('[aria-rowindex="21"]').waitFor()
      expect((await cellsOf(sorted, 4)).slice(-5).sort()).toEqual(['NaN', 'NaN', '–', '–', '–'])
    }
  })

  it('groups by a parameter: the mean over its ranked runs', async () => {
    const { sweep } = await fill({ count: 30, running: 2 })
    const page = await openOverview(sweep.id, '?group=opt')
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('4')
    const { json } = await visits.api.get(`/api/v1/sweeps/${sweep.id}/best?n=100`)
    const runs = json.runs as { config: { opt: string }; value: number }[]
    const means = ['adamw', 'sgd', 'lion'].map((opt) => {
      const values = runs.filter(({ config }) => config.opt === opt).map(({ value }) => value)
      return {
        opt,
        mean: values.reduce((sum, value) => sum + value, 0) / values.length,
        count: values.length,
      }
    })
    means.sort((a, b) => a.mean - b.mean)
    expect(await cellsOf(page, 2)).toEqual(means.map(({ opt }) => opt))
    expect(await cellsOf(page, 4)).toEqual(means.map(({ count }) => String(count)))
    for (const [index, text] of (await cellsOf(page, 3)).entries())
      expect(text).toContain(means[index]?.mean.toPrecision(4))
  })

  it('says what is wrong with a filter, and applies a good one to the rows and to the export', async () => {
    const { sweep, runs } = await fill({ count: 50, failed: 5 })
    const page = await openOverview(sweep.id)
    const filter = page.getByRole('searchbox', { name: 'filter' })
    await filter.fill('state:fai')
    await page.getByText(/no run state "fai"/).waitFor()
    await filter.fill('state:failed')
    await page.getByRole('grid', { name: 'Ranking of 5 runs' }).waitFor()
    const failed = runs.filter(({ state }) => state === 'failed').map(({ id }) => id as string)
    expect((await cellsOf(page, 3)).sort()).toEqual(failed.sort())
    await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: 'More' }).click()
    await page.getByRole('button', { name: 'Export…' }).click()
    const href = await page.getByRole('link', { name: 'JSON Lines' }).getAttribute('href')
    const lines = (await visits.api.get(href ?? '')).text.trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id).sort()).toEqual(failed.sort())
  })

  it.each(['light', 'dark'] as const)('keeps nobody out, %s', async (theme) => {
    const { sweep } = await fill({ count: 50, running: 4, failed: 2, nan: 1 })
    const page = await visits.open(`/s/${sweep.id}`, { theme })
    await page.getByRole('grid').waitFor()
    await page
      .getByText(/agents/)
      .first()
      .waitFor()
    expect(await findViolations(page)).toEqual([])
    await page.getByRole('grid').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press(' ')
    await page.getByRole('button', { name: 'Columns' }).click()
    expect(await findViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: 'More' }).click()
    await page.getByRole('button', { name: 'Cancel…' }).click()
    expect(await findViolations(page)).toEqual([])
    const empty = await fill({ count: 0, agents: 0 })
    await page.goto(`/s/${empty.sweep.id}`)
    await page.getByText('No runs yet.').waitFor()
    expect(await findViolations(page)).toEqual([])
  })
})

it('shows 10,000 runs in less than 1,500 elements, any of them within reach', async () => {
  const { sweep } = await fill({ count: 10_000, running: 40, failed: 100, nan: 20 })
  const page = await openOverview(sweep.id)
  expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('10001')
  const elements = await page.evaluate<number>('document.querySelectorAll("*").length')
  expect(elements).toBeLessThan(1_500)
  await page.getByRole('grid').focus()
  await page.keyboard.press('End')
  await page.locator('[aria-rowindex="10001"]').waitFor()
  await page.getByRole('searchbox', { name: 'filter' }).fill('rank<=20')
  await page.getByRole('grid', { name: 'Ranking of 20 runs' }).waitFor()
}, 120_000)

it('shows hostile texts as texts', async () => {
  const hostile = [
    '<img src=x onerror="document.title=\'owned\'">',
    '"><script>document.title="owned"</script>',
    'javascript:document.title="owned"',
    '\u202Egnp.exe\u202C \u2066rtl\u2069',
    '\u0007\u001b[31mred\u001b[0m\u007f',
    'x'.repeat(10_000),
    '${{constructor.constructor("document.title=1")()}}',
    '__proto__',
  ]
  const { sweep } = await fill({
    count: hostile.length,
    sweep: {
      name: hostile.join(' '),
      metric: { name: hostile[0] ?? '', goal: 'minimize', summary: 'best', target: null },
    },
    nameOf: (index) => hostile[index] ?? '',
  })
  for (const [index, text] of hostile.entries()) {
    const { runs } = (await visits.api.get(`/api/v1/sweeps/${sweep.id}/runs`)).json as {
      runs: { id: string }[]
    }
    await visits.api.store.write(async (tx) => {
      const [run] = await tx.findRuns([runs[index]?.id as never])
      if (run !== undefined)
        await tx.saveRuns([
          {
            ...run,
            notes: text,
            tags: [text.slice(0, 60)],
            group: text,
            stopReason: text,
            configText: JSON.stringify({ [text]: text, lr: index }),
          },
        ])
    })
  }
  const cols = 'name,note,tags,group,reason,delta,state'
  const page = await openOverview(sweep.id, `?cols=${cols}`)
  await page.getByRole('grid').getByText('<img src=x onerror').first().waitFor()
  await page.goto(`/s/${sweep.id}`)
  await page.getByRole('grid').waitFor()
  await page.goto(`/s/${sweep.id}?group=${encodeURIComponent(hostile[1] ?? '')}`)
  await page.getByRole('grid').waitFor()
  await page.goto(
    `/s/${sweep.id}?w=${encodeURIComponent(hostile[1] ?? '')}&brush=${hostile[0]}&sort=${hostile[7]}`,
  )
  await page.getByRole('grid').waitFor()
  expect(await page.title()).not.toBe('owned')
  expect(await page.locator('img, script:not([src])').count()).toBe(0)
  const widest = await page.evaluate<number>('document.documentElement.scrollWidth')
  expect(widest).toBeLessThanOrEqual(1280)
})
