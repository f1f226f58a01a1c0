// A sweep is written, checked while it is written, created, edited, extended and given configurations; who may only look
// is told so.
import { describe, expect, it } from 'vitest'
import { aSweep } from '../support/records.ts'
import { expectAccessible, expectHarmless, HOSTILE, useVisits } from './visits.ts'

const visits = useVisits()
const FILE = `method: random
program: train.py
metric: {name: loss, goal: minimize}
run_cap: 20
parameters:
  lr: {min: 0.0, max: 1.0}
  opt: {values: [adamw, sgd]}
`
const create = async (text = FILE): Promise<string> =>
  (await visits.api.post('/api/v1/sweeps', { text, name: 'a config' })).json.id as string

describe('a new sweep', () => {
  it('is checked as it is written, with the words of the CLI, and leads to the place of a problem', async () => {
    const page = await visits.open('/new')
    const editor = page.getByLabel('Sweep file, YAML')
    await page.getByText('✓ method bayes', { exact: false }).waitFor()
    await page.getByRole('heading', { name: '5 sampled commands' }).waitFor()
    await editor.fill('method: bayesian\nparameters:\n  lr: {min: 2, max: 1}\n')
    const problems = page.getByRole('list', { name: 'Problems' })
    await problems.getByText('bayesian', { exact: false }).waitFor()
    expect(await page.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true)
    const told = (await visits.api.post('/api/v1/validate', { text: await editor.inputValue() })).json
    expect(await problems.getByRole('listitem').count()).toBe(told.errors.length)
    const last = told.errors.at(-1)
    await problems.getByRole('button', { name: `${last.line}:${last.column}` }).click()
    const line = await editor.evaluate(
      (element) =>
        (element as unknown as { value: string; selectionStart: number }).value
          .slice(0, (element as unknown as { selectionStart: number }).selectionStart)
          .split('\n').length,
    )
    expect(line).toBe(last.line)
  })

  it('is created, paused when that is wanted, and shown', async () => {
    const page = await visits.open('/new')
    await page.getByLabel('Sweep file, YAML').fill(FILE)
    await page.getByText('✓ method random', { exact: false }).waitFor()
    await page.getByLabel('Name').fill('made here')
    await page.getByLabel('paused').check()
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'made here' }).waitFor()
    const { sweeps } = (await visits.api.get('/api/v1/sweeps')).json
    expect(sweeps).toMatchObject([{ name: 'made here', state: 'paused' }])
    expect(new URL(page.url()).pathname).toBe(`/s/${sweeps[0].id}`)
  })

  it('keeps what was written when the tab is loaded again', async () => {
    const page = await visits.open('/new')
    await page.getByLabel('Sweep file, YAML').fill('# mine\n')
    await page.reload()
    await expect.poll(() => page.getByLabel('Sweep file, YAML').inputValue()).toBe('# mine\n')
  })

  it('is not for a viewer, who is told why', async () => {
    const page = await visits.open('/new', { role: 'viewer' })
    await page.getByText('Your token may only look', { exact: false }).first().waitFor()
    expect(await page.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true)
    await page.getByText('✓ method bayes', { exact: false }).waitFor()
  })

  it('is accessible in both themes', () =>
    expectAccessible(visits, '/new', (page) => page.getByText('✓ method', { exact: false }).waitFor()))
})

describe("a sweep's configuration", () => {
  it('is edited after it was said what that means, and each version can be compared with', async () => {
    const id = await create()
    const page = await visits.open(`/s/${id}/config`)
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    const editor = page.getByLabel('Sweep file, YAML')
    await editor.fill(FILE.replace('max: 1.0', 'max: 0.5'))
    await page.getByRole('button', { name: 'What it means' }).first().click()
    await page.getByText('parameters of a sweep cannot be edited').waitFor()
    await editor.fill(FILE.replace('run_cap: 20', 'run_cap: 30'))
    expect(await page.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'What it means' }).first().click()
    await page.getByRole('rowheader', { name: 'run_cap' }).waitFor()
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('version 2', { exact: true }).waitFor()
    await page.getByRole('columnheader', { name: 'v2' }).waitFor()
    await page.getByLabel('Compare with').selectOption('1')
    await page.getByText('- run_cap: 20').waitFor()
    await page.getByText('+ run_cap: 30').waitFor()
    const events = page.getByRole('region', { name: 'Events' })
    await expect.poll(() => events.getByRole('row').count()).toBeGreaterThan(2)
    const { versions } = (await visits.api.get(`/api/v1/sweeps/${id}/versions`)).json
    expect(versions).toHaveLength(2)
  })

  it('is not written over what somebody else changed meanwhile', async () => {
    const id = await create()
    const page = await visits.open(`/s/${id}/config`)
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await page.getByLabel('Sweep file, YAML').fill(FILE.replace('20', '30'))
    await visits.api.post(`/api/v1/sweeps/${id}/edit`, { set: ['run_cap=25'] })
    await page.getByText('Meanwhile the file became version 2', { exact: false }).waitFor()
    expect(await page.getByLabel('Sweep file, YAML').inputValue()).toContain('run_cap: 30')
    await page.getByRole('button', { name: 'What it means' }).first().click()
    await page.getByText('was edited meanwhile: it has version 2, not 1', { exact: false }).waitFor()
  })

  it('may be extended', async () => {
    const id = await create()
    const page = await visits.open(`/s/${id}/config`)
    const extend = page.getByRole('region', { name: 'Extend' })
    await extend.getByLabel('How many more runs').fill('5')
    await extend.getByRole('button', { name: 'What it means' }).click()
    await extend.getByRole('rowheader', { name: 'run_cap' }).waitFor()
    await extend.getByRole('button', { name: 'Extend', exact: true }).click()
    await extend.getByText('run_cap 25, and').waitFor()
  })

  it('takes a configuration by a form of its space, looks first, and says what it has already', async () => {
    const id = await create()
    const page = await visits.open(`/s/${id}/config`)
    const form = page.getByRole('region', { name: 'Enqueue a configuration' })
    await form.getByLabel('lr').fill('0.25')
    await form.getByLabel('opt').selectOption('"sgd"')
    await form.getByRole('button', { name: 'Check' }).click()
    await form.getByText('1 configuration would be enqueued.').waitFor()
    await form.getByRole('button', { name: 'Enqueue', exact: true }).click()
    await form.getByText('1 configuration enqueued', { exact: false }).waitFor()
    const { runs } = (await visits.api.get(`/api/v1/sweeps/${id}/runs`)).json
    expect(runs).toMatchObject([{ state: 'queued', config: { lr: 0.25, opt: 'sgd' } }])
    await form.getByRole('button', { name: 'Check' }).click()
    await form.getByText('This one is there already', { exact: false }).waitFor()
    await form.getByRole('button', { name: 'Write it as text' }).click()
    await form.getByRole('textbox').fill('{"lr": 7, "opt": "sgd"}')
    await form.getByRole('button', { name: 'Enqueue', exact: true }).click()
    await form.getByRole('alert').or(form.getByRole('status')).first().waitFor()
  })

  it('is looked at by a viewer, with everything that changes it disabled and explained', async () => {
    const id = await create()
    const page = await visits.open(`/s/${id}/config`, { role: 'viewer' })
    const edit = page.getByRole('button', { name: 'Edit', exact: true })
    await edit.waitFor()
    expect(await edit.isDisabled()).toBe(true)
    expect(await edit.getAttribute('title')).toContain('may only look')
    expect(await page.getByRole('button', { name: 'Enqueue', exact: true }).isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Extend', exact: true }).isDisabled()).toBe(true)
  })

  it('is accessible in both themes', async () => {
    const id = await create()
    await expectAccessible(visits, `/s/${id}/config`, async (page) => {
      await page.getByRole('region', { name: 'Space' }).first().waitFor()
      await page.getByLabel('opt').waitFor()
      await page.getByRole('button', { name: 'Edit', exact: true }).click()
      await page.getByLabel('Sweep file, YAML').waitFor()
    })
  })

  it('shows a hostile file as the text it is', async () => {
    // YAML takes no control characters
    const comment = [0, 1, 2, 4, 5].map((index) => HOSTILE[index]).join(' ')
    const text = `# ${comment}\nmethod: grid\nprogram: "a b"\nparameters:\n  x: {values: ['<img src=x>', "\u202Ex"]}\n`
    const sweep = aSweep({ name: HOSTILE[0], configText: text, method: 'grid' })
    await visits.api.store.write(async (tx) => {
      await tx.insertSweep(sweep)
      await tx.insertSpecVersion(sweep.id, 1, text, Date.now())
    })
    const page = await visits.open(`/s/${sweep.id}/config`)
    await page.getByText('{"<img src=x>"', { exact: false }).first().waitFor()
    await expectHarmless(page)
    await page.goto('/new')
    await page.getByLabel('Sweep file, YAML').fill(text)
    await page.getByRole('heading', { name: /sampled commands/ }).waitFor()
    await expectHarmless(page)
  })
})
