// The agents and their timeline: none, a few, many; orders with their rights; a live change that leaves the zoom alone.
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { aChange, aRun, anAgent, anAttempt, aSweep } from '../support/records.ts'
import { fillFleet, type FleetScene } from './fleet-scene.ts'
import { expectAccessible, expectHarmless, HOSTILE, useVisits } from './visits.ts'

const visits = useVisits({ clock: 'now' })
const picture = (page: Page) => page.getByRole('img', { name: /slots? worked|slots, none of which/ })

describe('without an agent', () => {
  it('says how one is started, with the address of this server', async () => {
    const page = await visits.open('/agents')
    await page.getByText(`sweep agent @last --server ${visits.api.url}`).waitFor()
    await page.getByText('No agent has worked anything in this time.').waitFor()
  })
})

describe('with a fleet', () => {
  let scene: FleetScene
  beforeAll(async () => {
    scene = await fillFleet(visits.api, { sweeps: 3, hosts: 5, slotsPerHost: 4, attemptsPerSlot: 12 })
  })
  const rowOf = (page: Page, index: number) => page.locator(`[data-agent="${scene.agents[index]?.id}"]`)

  it('tells of each how it is, what it works, and why it gets no work', async () => {
    const page = await visits.open('/agents')
    await rowOf(page, 1).getByText('⊘quarantined').waitFor()
    await rowOf(page, 1).getByText('9 of 9 runs failed there').waitFor()
    await rowOf(page, 1).getByText('ImportError: libcudnn.so.9').waitFor()
    await rowOf(page, 2).getByText('lost').waitFor()
    const { agents } = (await visits.api.get('/api/v1/agents')).json
    const told = agents.find(({ id }: { id: string }) => id === scene.agents[3]?.id)
    await rowOf(page, 3).getByText(`${told.busy}/4`).waitFor()
    await rowOf(page, 3).getByRole('link', { name: told.now[0] }).waitFor()
    await rowOf(page, 3).getByText(`${told.runs.finished} / ${told.runs.failed}`).waitFor()
    await expectHarmless(page)
  })

  it('draws a lane for each slot and says what it shows; the same as a table', async () => {
    const page = await visits.open(`/s/${scene.sweeps[0]?.id}/agents`)
    await picture(page).waitFor()
    expect(await picture(page).getAttribute('aria-label')).toMatch(
      /^20 slots worked \d+ attempts: \d+ finished/,
    )
    await page.getByRole('button', { name: 'More of Timeline' }).click()
    await page.getByText('Show as table').click()
    const rows = page.getByRole('region', { name: 'Timeline as a table' }).getByRole('row')
    await expect.poll(() => rows.count()).toBe(21)
  })

  it('leads from an attempt to its run, and says what is under the pointer', async () => {
    const page = await visits.open('/agents')
    const canvas = picture(page)
    await canvas.waitFor()
    const box = await canvas.boundingBox()
    if (box === null) throw new Error('the timeline has no place')
    // Along the first lane until there is one
    for (let x = 0.2; x < 0.8; x += 0.05) {
      await page.mouse.move(box.x + box.width * x, box.y + 32)
      if ((await page.locator('.timeline-tip').count()) > 0) break
    }
    const tip = page.locator('.timeline-tip')
    await tip.getByText(/finished|stopped|failed/).waitFor()
    const name = ((await tip.locator('strong').textContent()) ?? '').slice(2)
    await page.mouse.down()
    await page.mouse.up()
    const run = scene.runs.find((known) => known.name === name)
    await expect.poll(() => new URL(page.url()).pathname).toContain(run?.id ?? 'no such run')
  })

  it('zooms by keys into the address, and a live change leaves zoom and focus alone', async () => {
    const page = await visits.open('/agents')
    const timeline = page.getByRole('group', { name: /^Timeline/ })
    await timeline.focus()
    await page.keyboard.press('+')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => page.url()).toMatch(/x=\d+\.\.\d+/)
    const zoomed = page.url()
    const before = await page.getByText(/\d+ slots, \d+ attempts/).innerText()
    const agent = scene.agents[0]
    const sweep = scene.sweeps[0]
    if (agent === undefined || sweep === undefined) throw new Error('the scene is empty')
    const run = aRun({ sweepId: sweep.id, state: 'running', attemptCount: 1, openAttempt: 1 })
    await visits.api.store.write(async (tx) => {
      await tx.insertRuns([run])
      await tx.insertAttempts([
        anAttempt({
          runId: run.id,
          agentId: agent.id,
          host: agent.host,
          slot: 0,
          startedAt: Date.now(),
          offeredAt: Date.now(),
        }),
      ])
      await tx.recordChanges([aChange({ entityId: run.id, sweepId: sweep.id, event: 'run.started' })])
    })
    await expect
      .poll(() => page.getByText(/\d+ slots, \d+ attempts/).innerText(), { timeout: 15_000 })
      .not.toBe(before)
    expect(page.url()).toBe(zoomed)
    expect(await timeline.evaluate((element) => element.matches(':focus'))).toBe(true)
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await expect.poll(() => page.url()).not.toContain('x=')
  })

  it('orders an agent after saying what that means', async () => {
    const page = await visits.open('/agents')
    await rowOf(page, 0)
      .getByRole('button', { name: /^Drain/ })
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('finishes what it works now, and leaves').waitFor()
    await dialog.getByLabel('Why').fill('new driver')
    await dialog.getByRole('button', { name: 'Drain' }).click()
    await rowOf(page, 0).getByText('draining').waitFor()
    await rowOf(page, 0)
      .getByRole('button', { name: /^Take back/ })
      .click()
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click()
    await rowOf(page, 0).getByText('draining').waitFor({ state: 'detached' })
    await rowOf(page, 1)
      .getByRole('button', { name: /^Take back/ })
      .click()
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click()
    await rowOf(page, 1).getByText('⊘quarantined').waitFor({ state: 'detached' })
  })

  it('shows a viewer the orders disabled, with the reason', async () => {
    const page = await visits.open('/agents', { role: 'viewer' })
    const drain = rowOf(page, 0).getByRole('button', { name: /^Drain/ })
    await drain.waitFor()
    expect(await drain.isDisabled()).toBe(true)
    expect(await drain.getAttribute('title')).toContain('may only look')
  })

  it('is accessible in both themes', () =>
    expectAccessible(visits, '/agents', async (page) => {
      await rowOf(page, 0).waitFor()
      await picture(page).waitFor()
    }))

  it('shows hostile hosts, labels and errors as the text they are', async () => {
    const sweep = aSweep()
    const agents = HOSTILE.map((text) =>
      anAgent({
        host: text,
        labels: { [text]: text },
        version: text,
        sweepIds: [sweep.id],
        quarantine: { by: 'person', at: Date.now(), reason: text },
        lastSeenAt: Date.now(),
      }),
    )
    const runs = HOSTILE.map((name) => aRun({ name, sweepId: sweep.id, state: 'failed' }))
    await visits.api.store.write(async (tx) => {
      await tx.insertSweep(sweep)
      await tx.saveAgents(agents)
      await tx.insertRuns(runs)
      await tx.insertAttempts(
        runs.map((run, index) =>
          anAttempt({
            runId: run.id,
            agentId: agents[index]?.id ?? anAgent().id,
            host: HOSTILE[index] ?? '',
            slot: 0,
            offeredAt: Date.now() - 60_000,
            startedAt: Date.now() - 60_000,
            endedAt: Date.now() - 1_000,
            outcome: 'failed',
            stderrTail: HOSTILE[index] ?? '',
          }),
        ),
      )
    })
    const page = await visits.open(`/s/${sweep.id}/agents`)
    await page.getByText('<script>document.title="owned"</script>').first().waitFor()
    await picture(page).waitFor()
    await expectHarmless(page)
  })
})

describe('with 64 slots of 400 attempts', () => {
  it('draws the newest of them, and says that older ones are left out', async () => {
    await fillFleet(visits.api, { sweeps: 1, hosts: 8, slotsPerHost: 8, attemptsPerSlot: 400 })
    const page = await visits.open('/agents')
    await page.getByText(/20,000 attempts; older ones are left out/).waitFor()
    const timeline = page.getByRole('group', { name: /^Timeline/ })
    await timeline.focus()
    for (let press = 0; press < 10; press += 1) await page.keyboard.press('+')
    await expect.poll(() => page.url()).toMatch(/x=\d+\.\.\d+/)
    expect(await page.locator('*').count()).toBeLessThan(1_500)
  })
})
