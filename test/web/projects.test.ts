// Projects, the runs outside sweeps, groups, and the addresses that W&B's client prints.
import { beforeAll, describe, expect, it } from 'vitest'
import { aChange, aRun } from '../support/records.ts'
import { fillFleet, type FleetScene } from './fleet-scene.ts'
import { expectAccessible, expectHarmless, HOSTILE, useVisits } from './visits.ts'

const visits = useVisits({ clock: 'now' })

describe('without a project', () => {
  it('says how one begins', async () => {
    const page = await visits.open('/projects')
    await page.getByRole('heading', { name: 'There is no project yet' }).waitFor()
    await page.getByText(`WANDB_BASE_URL=${visits.api.url}`, { exact: false }).waitFor()
  })

  it('says at an address of W&B that there is none', async () => {
    const page = await visits.open('/anyone/nowhere')
    await page.getByText('There is no such project').waitFor()
  })
})

describe('with projects', () => {
  let scene: FleetScene
  beforeAll(async () => {
    scene = await fillFleet(visits.api, { sweeps: 5, hosts: 3, slotsPerHost: 2, attemptsPerSlot: 8 })
    for (let index = 0; index < 120; index += 1)
      await visits.api.post('/api/v1/runs', {
        project: 'vision',
        name: `own ${index}`,
        config: { lr: index / 100, model: { name: index % 2 === 0 ? 'mlp' : 'vit' } },
        ...(index % 10 === 0 ? { group: 'a group/1', tags: ['base'] } : {}),
      })
  })

  it('counts what is in each', async () => {
    const page = await visits.open('/projects')
    const row = page.getByRole('row', { name: /vision/ })
    await row.waitFor()
    const { projects } = (await visits.api.get('/api/v1/projects')).json
    const told = projects.find(({ name }: { name: string }) => name === 'vision')
    expect(told.ownRuns).toBe(120)
    await row.getByText('120', { exact: true }).waitFor()
    await row.getByRole('link', { name: 'vision' }).click()
    await page.getByRole('heading', { name: 'vision' }).waitFor()
    await page.locator(`[data-sweep="${scene.sweeps[0]?.id}"]`).waitFor()
  })

  it.each(['/anyone/vision', '/anyone/vision/workspace', '/anyone/vision/table'])(
    'shows %s as the project, with its runs outside sweeps, a page at a time',
    async (path) => {
      const page = await visits.open(path)
      const runs = page.getByRole('region', { name: 'Table of runs' })
      await runs.getByRole('link', { name: 'own 119' }).waitFor()
      expect(await runs.getByRole('row').count()).toBe(101)
      await page.getByText('page 1 of 2').waitFor()
      await page.getByRole('button', { name: 'Next' }).click()
      await runs.getByRole('link', { name: 'own 0', exact: true }).waitFor()
      expect(await runs.getByRole('row').count()).toBe(21)
    },
  )

  it('filters by the language of the CLI, orders by a column, and says what it does not understand', async () => {
    const page = await visits.open('/sweep/vision')
    const runs = page.getByRole('region', { name: 'Table of runs' })
    await runs.waitFor()
    await page.getByLabel('Filter runs').fill('lr<0.05 model.name:mlp')
    await page.keyboard.press('Enter')
    await page.getByText('3 runs').waitFor()
    await runs.getByRole('button', { name: 'lr', exact: true }).click()
    const column = runs.getByRole('columnheader', { name: 'lr', exact: true })
    await expect.poll(() => column.getAttribute('aria-sort')).toBe('descending')
    await runs.getByRole('button', { name: 'lr', exact: true }).click()
    await expect.poll(() => column.getAttribute('aria-sort')).toBe('ascending')
    await expect
      .poll(() => runs.getByRole('link', { name: /^own/ }).allInnerTexts())
      .toEqual(['own 0', 'own 2', 'own 4'])
    expect(new URL(page.url()).searchParams.get('w')).toBe('lr<0.05 model.name:mlp')
    await page.getByLabel('Filter runs').fill('state:nonsense')
    await page.keyboard.press('Enter')
    await page.getByText('no run state "nonsense"', { exact: false }).waitFor()
  })

  it('shows the runs of sweeps too when it is asked', async () => {
    const page = await visits.open('/sweep/vision')
    await page.getByRole('link', { name: 'with those of sweeps' }).click()
    const { total } = (await visits.api.get('/api/v1/runs?project=vision&limit=0')).json
    await page.getByText(`${total} runs`).waitFor()
    await page.getByRole('link', { name: 'only those outside sweeps' }).click()
    await page.getByText('120 runs').waitFor()
  })

  it('shows a group by its address', async () => {
    const page = await visits.open(`/anyone/vision/groups/${encodeURIComponent('a group/1')}`)
    await page.getByRole('heading', { name: 'Group a group/1' }).waitFor()
    await page.getByText('12 runs').waitFor()
  })

  it('takes in a new run by itself', async () => {
    const page = await visits.open('/sweep/vision')
    await page.getByText('120 runs').waitFor()
    const run = aRun({ project: 'vision', name: 'just now', createdAt: Date.now() + 60_000 })
    await visits.api.store.write(async (tx) => {
      await tx.insertRuns([run])
      await tx.recordChanges([aChange({ entityId: run.id, event: 'run.created' })])
    })
    await page.getByRole('link', { name: 'just now' }).waitFor()
  })

  it('is accessible in both themes', async () => {
    await expectAccessible(visits, '/projects', (page) => page.getByRole('table').waitFor())
    await expectAccessible(visits, '/sweep/vision?runs=all', (page) =>
      page.getByRole('region', { name: 'Table of runs' }).waitFor(),
    )
  })

  it('shows hostile names as the text they are, and leads to them', async () => {
    const runs = HOSTILE.map((text) =>
      aRun({
        project: text,
        name: text,
        group: text,
        tags: [text],
        configText: JSON.stringify({ [text]: text }),
      }),
    )
    await visits.api.store.write(async (tx) => void (await tx.insertRuns(runs)))
    const page = await visits.open('/projects')
    await page.getByRole('link', { name: '<script>' }).waitFor()
    await expectHarmless(page)
    await page.getByRole('link', { name: '"><img' }).click()
    await page
      .getByRole('region', { name: 'Table of runs' })
      .getByRole('link', { name: '"><img' })
      .first()
      .waitFor()
    await expectHarmless(page)
    await page.goto(`/a/${encodeURIComponent('w'.repeat(180))}`)
    await page.getByRole('region', { name: 'Table of runs' }).waitFor()
    await expectHarmless(page)
  })
})
