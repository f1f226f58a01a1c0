// The list of sweeps: none, one, hundreds, live, and texts that somebody means ill.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { fillFleet, type FleetScene } from './fleet-scene.ts'
import { expectAccessible, expectHarmless, HOSTILE, useVisits } from './visits.ts'

const visits = useVisits({ clock: 'now' })
const list = (page: Page) => page.getByRole('table')

describe('without a sweep', () => {
  it('shows the three commands, each to be copied, and the demo', async () => {
    const page = await visits.open('/')
    await page.getByRole('heading', { name: 'There is no sweep yet' }).waitFor()
    await page.getByText('sweep create sweep.yaml').waitFor()
    await page.getByText('sweep demo', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Copy' }).count()).toBe(4)
    await page.getByRole('button', { name: 'Copy' }).first().click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
  })

  it('shows the first sweep without being asked again', async () => {
    const page = await visits.open('/')
    await page.getByRole('heading', { name: 'There is no sweep yet' }).waitFor()
    const { id } = (
      await visits.api.post('/api/v1/sweeps', {
        text: 'method: random\nprogram: t.py\nparameters: {lr: {min: 0.0, max: 1.0}}',
      })
    ).json as { id: string }
    await page.locator(`[data-sweep="${id}"]`).waitFor()
    await page.getByText(`no agent works it: sweep agent ${id}`).waitFor()
    await visits.api.post(`/api/v1/sweeps/${id}/cancel`)
    await visits.api.delete(`/api/v1/sweeps/${id}`)
    await page.getByRole('heading', { name: 'There is no sweep yet' }).waitFor()
  })
})

describe('with a fleet', () => {
  let scene: FleetScene
  const rowOf = (page: Page, index: number) => page.locator(`[data-sweep="${scene.sweeps[index]?.id}"]`)

  it('says how each sweep goes, and what is wrong with it', async () => {
    scene = await fillFleet(visits.api, { sweeps: 7, hosts: 5, slotsPerHost: 4, attemptsPerSlot: 10 })
    const page = await visits.open('/')
    const row = rowOf(page, 0)
    await row.waitFor()
    const { sweeps } = (await visits.api.get('/api/v1/outlines')).json
    const told = sweeps.find(({ id }: { id: string }) => id === scene.sweeps[0]?.id)
    const ended = Object.entries(told.counts as Record<string, number>).reduce(
      (sum, [state, count]) => (state === 'queued' || state === 'running' ? sum : sum + count),
      0,
    )
    expect(await row.innerText()).toContain(`${ended}/200`)
    expect(await row.innerText()).toContain(Number(told.best.value).toPrecision(4))
    await row.getByText('gpu-02 is in quarantine: 9 of 9 runs failed there').waitFor()
    await row.getByRole('img', { name: /^The best value went from/ }).waitFor()
    await expectHarmless(page)
  })

  it('shows a new state, and says it, without moving what is filtered', async () => {
    const page = await visits.open('/?state=open')
    await rowOf(page, 0).waitFor()
    await visits.api.post(`/api/v1/sweeps/${scene.sweeps[0]?.id}/pause`)
    await rowOf(page, 0).getByText('paused').waitFor()
    await page.getByRole('log').getByText('Sweep vit-small lr is paused').waitFor()
    await visits.api.post(`/api/v1/sweeps/${scene.sweeps[3]?.id}/cancel`)
    await rowOf(page, 3).waitFor({ state: 'detached' })
    expect(page.url()).toContain('state=open')
  })

  it('is filtered by state, project and words, which stand in the address', async () => {
    const page = await visits.open('/')
    await list(page).waitFor()
    await page.getByLabel('Project').selectOption('language')
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox').fill('tokenizer')
    await page.getByText('3 running').or(page.getByText('1 sweep')).first().waitFor()
    await expect.poll(() => page.locator('[data-sweep]').count()).toBe(1)
    expect(page.url()).toMatch(/\?p=language&q=tokenizer$/)
    await page.reload()
    await expect.poll(() => page.locator('[data-sweep]').count()).toBe(1)
    await page.getByRole('searchbox').fill('nothing like it')
    await page.getByRole('button', { name: 'Show all' }).click()
    await expect.poll(() => page.locator('[data-sweep]').count()).toBe(7)
  })

  it('is accessible in both themes', () => expectAccessible(visits, '/', (page) => list(page).waitFor()))

  it('shows hundreds a page at a time, and hostile names as the text they are', async () => {
    await fillFleet(visits.api, {
      sweeps: 300,
      hosts: 1,
      slotsPerHost: 1,
      attemptsPerSlot: 1,
      names: HOSTILE,
    })
    const page = await visits.open('/')
    await list(page).waitFor()
    expect(await page.locator('[data-sweep]').count()).toBe(50)
    await page.getByText('page 1 of 7').waitFor()
    await page.getByText('<script>document.title="owned"</script>', { exact: false }).first().waitFor()
    await expectHarmless(page)
    await page.getByRole('button', { name: 'Older' }).click()
    await page.getByText('page 2 of 7').waitFor()
    expect(await page.locator('*').count()).toBeLessThan(3_000)
  })

  it('shows a viewer everything, and no way to make a sweep', async () => {
    const page = await visits.open('/', { role: 'viewer' })
    await list(page).waitFor()
    await page.getByText('read-only').waitFor()
    expect(await page.getByRole('link', { name: 'New sweep' }).count()).toBe(0)
  })

  it('is asked to log in who is not known', async () => {
    const page = await visits.open('/')
    await page.context().clearCookies()
    await page.goto('/sweep/vision')
    await page.getByLabel('Token').waitFor()
    expect(await page.getByText('vision').count()).toBe(0)
  })
})
