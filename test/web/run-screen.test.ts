// The run screen in Chromium: with everything, with nothing, while the run trains, with hostile texts, for whom may look
// only, and behind the address that W&B's client prints.
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { findViolations } from '../support/axe.ts'
import {
  SOME_TIME,
  aChange,
  aLogChunk,
  aMetricChunk,
  aRun,
  aSummary,
  aSweep,
  anAttempt,
} from '../support/records.ts'
import { waitFor } from '../support/wait.ts'
import { fillHostileRun, PAYLOADS } from './hostile-run.ts'
import { createRandom, curveRows, fillRunScene, logText, type RunScene } from './run-scene.ts'
import { useVisits } from './visits.ts'

const visits = useVisits()
let scene: RunScene
beforeAll(async () => {
  scene = await fillRunScene(visits.api)
})

/** Everything that is drawn when it is seen. */
async function seeAll(page: Page): Promise<void> {
  for (const part of ['system', 'media', 'origin', 'files', 'story'])
    await waitFor(`${part} is drawn`, () =>
      page.evaluate<boolean>(
        `(document.getElementById('${part}')?.scrollIntoView(), document.querySelector('section#${part}') !== null)`,
      ),
    )
}

const pathOf = (id: string, sweepId = scene.sweep.id as string) => `/s/${sweepId}/r/${id}`

describe('a run of which everything is known', () => {
  it('says what it came to, why it was proposed, and shows its parts', async () => {
    const page = await visits.open(pathOf(scene.run.id))
    await page.getByRole('heading', { name: 'bright-valley-87' }).waitFor()
    const head = page.locator('.run-head')
    await page.locator('.run-rank').waitFor()
    expect(await head.innerText()).toMatch(/#2 of 25/)
    expect(await head.innerText()).toMatch(
      /val\/loss\s+0\.2834 at step 1,900 \(last 0\.2851\) · \+0\.\d+ % to the best/,
    )
    const why = await page.getByRole('region', { name: 'Why' }).innerText()
    expect(why).toContain('model of 87 runs · most expected improvement · expected 0.288 ± 0.0101')
    expect(why).toContain('kept at 100, kept at 300, kept at 900')
    expect(await page.getByRole('img', { name: /^val\/loss went from/ }).count()).toBe(1)
    await seeAll(page)
    const text = await page.locator('main').innerText()
    for (const part of [
      'Debian GNU/Linux 12',
      '+ changes',
      '60 Python packages',
      'vit-model:v3',
      'model.pt',
      '86.4 MB',
    ])
      expect(text).toContain(part)
  })

  it('shows pictures, a table and a histogram, and offers everything else as a download', async () => {
    const page = await visits.open(pathOf(scene.run.id))
    await page.locator('#curves').waitFor()
    await seeAll(page)
    const pictures = page.locator('#media img')
    await pictures.first().waitFor()
    await waitFor('the pictures are drawn', async () =>
      pictures.evaluateAll(
        (all) =>
          all.length === 2 &&
          all.every((one) => (one as unknown as { naturalWidth: number }).naturalWidth === 96),
      ),
    )
    await page.getByRole('cell', { name: 'cat' }).first().waitFor()
    expect(await page.getByRole('img', { name: /^Histogram of weights/ }).count()).toBe(1)
    expect(await page.getByRole('link', { name: /Download media\/plotly/ }).count()).toBe(1)
    const slider = page.getByLabel('Step of weights')
    await slider.focus()
    await page.keyboard.press('Home')
    await page.getByRole('img', { name: /^Histogram of weights at step 0/ }).waitFor()
  })

  it('draws curves as the address says, and writes there what is changed', async () => {
    const page = await visits.open(`${pathOf(scene.run.id)}?smooth=0.6&log=y&x=time`)
    await page.locator('.curve-chart').first().waitFor()
    expect(await page.getByLabel('log y').isChecked()).toBe(true)
    expect(await page.getByLabel('smooth').inputValue()).toBe('0.6')
    await page.getByLabel('log y').uncheck()
    await page.getByRole('combobox', { name: /^x/ }).selectOption('step')
    await page.getByLabel('from', { exact: true }).fill('100')
    await page.getByLabel('to', { exact: true }).fill('900')
    await page.keyboard.press('Enter')
    await page.waitForURL(/smooth=0\.6&x=100\.\.900$/)
  })

  it('is the same run at the address without its sweep and at the one that W&B prints', async () => {
    for (const path of [`/r/${scene.run.id}`, `/ann/default/runs/${scene.run.id}`]) {
      const page = await visits.open(path)
      await page.getByRole('heading', { name: 'bright-valley-87' }).waitFor()
    }
  })

  it('is found by a name that has to be encoded', async () => {
    const named = aRun({ name: 'named oddly', project: 'a/b=c', configText: '{}' })
    await visits.api.store.write((tx) => tx.insertRuns([named]))
    const page = await visits.open(`/ann/${encodeURIComponent('a/b=c')}/runs/${named.id}`)
    await page.getByRole('heading', { name: 'named oddly' }).waitFor()
  })

  it.each(['light', 'dark'] as const)('keeps nobody out (%s)', async (theme) => {
    const page = await visits.open(pathOf(scene.run.id), { theme })
    await page.locator('.curve-chart').first().waitFor()
    await seeAll(page)
    await page.locator('.artifact-list').waitFor()
    expect(await findViolations(page)).toEqual([])
  })

  it('says that it is not there when it is not', async () => {
    const page = await visits.open('/r/zzzzzzzz')
    await page.getByText('This run could not be loaded').waitFor()
  })
})

describe('a run that has nothing yet', () => {
  it.each(['light', 'dark'] as const)('says so in each part (%s)', async (theme) => {
    const waiting = aRun({ sweepId: scene.sweep.id, configText: '{}' })
    const alone = aRun({ name: 'alone', configText: '{}' })
    await visits.api.store.write((tx) => tx.insertRuns([waiting, alone]))
    const visitor = await visits.visit({ theme })
    const page = await visitor.open(pathOf(waiting.id))
    await page.getByText('The run waits for a slot of an agent').waitFor()
    await page.getByText('Nothing was printed yet').waitFor()
    await seeAll(page)
    for (const text of [
      'Nothing was reported yet',
      'No attempt told where it came from',
      'It left no files',
      'It was not started yet',
    ])
      await page.getByText(text).waitFor()
    expect(await findViolations(page)).toEqual([])
    const other = await visitor.open(`/r/${alone.id}`)
    await other.getByRole('heading', { name: 'alone' }).waitFor()
    await other.getByText('It was given no parameters').waitFor()
    expect(await other.getByRole('button', { name: 'Retry' }).getAttribute('title')).toMatch(/outside sweeps/)
  })
})

describe('a run that trains', () => {
  async function train(lines = 300) {
    const sweep = aSweep({ metric: { name: 'val/loss', goal: 'minimize', summary: 'best', target: null } })
    const run = aRun({
      sweepId: sweep.id,
      state: 'running',
      attemptCount: 1,
      openAttempt: 1,
      startedAt: SOME_TIME,
    })
    await visits.api.store.write(async (tx) => {
      await tx.insertSweep(sweep)
      await tx.insertRuns([run])
      await tx.insertAttempts([anAttempt({ runId: run.id, startedAt: SOME_TIME })])
      await tx.insertMetrics([aMetricChunk({ runId: run.id, rows: curveRows(100, createRandom(3)) })])
      await tx.insertLogs([aLogChunk({ runId: run.id, text: logText(lines) })])
      await tx.recordChanges([aChange({ entityId: run.id, sweepId: sweep.id, event: 'run.started' })])
    })
    let seq = 1
    const report = (count: number) =>
      visits.api.store.write(async (tx) => {
        seq += 1
        await tx.insertMetrics([
          aMetricChunk({ runId: run.id, seq, rows: curveRows(count, createRandom(seq), seq * 1000) }),
        ])
        await tx.insertLogs([aLogChunk({ runId: run.id, seq, text: logText(20, seq * 1000) })])
        await tx.saveSummaries(run.id, [aSummary({ key: 'val/loss', last: seq })])
        await tx.recordChanges([aChange({ entityId: run.id, sweepId: sweep.id, event: 'run.metrics' })])
      })
    return { sweep, run, report }
  }

  it('shows new lines and values, and follows the log until somebody scrolls up', async () => {
    const { sweep, run, report } = await train()
    const page = await visits.open(pathOf(run.id, sweep.id))
    const log = page.getByRole('region', { name: 'Lines of the log' })
    await log.waitFor()
    const place = () =>
      log.evaluate((box) => ({
        top: box.scrollTop,
        left: box.scrollHeight - box.scrollTop - box.clientHeight,
      }))
    await waitFor('the log stands at its end', async () => (await place()).left < 2)
    await report(50)
    await page.getByText(/epoch 2019\b/).waitFor()
    await waitFor('the log followed', async () => (await place()).left < 2)

    await log.hover()
    await page.mouse.wheel(0, -2000)
    await waitFor('following ended', async () => !(await page.getByLabel('follow').isChecked()))
    const before = await place()
    const count = () => page.locator('#log .run-section-head .muted').first().innerText()
    const countBefore = await count()
    const pageBefore = await page.evaluate('window.scrollY')
    await report(50)
    await waitFor('the line count grew', async () => (await count()) !== countBefore)
    expect((await place()).top).toBe(before.top)
    expect(await page.evaluate('window.scrollY')).toBe(pageBefore)

    await page.getByLabel('follow').check()
    await waitFor('the log is at its end again', async () => (await place()).left < 2)
  })

  it('keeps the stretch that is shown, the focus and the place of the page while values come', async () => {
    const { sweep, run, report } = await train()
    const page = await visits.open(`${pathOf(run.id, sweep.id)}?x=10..60`)
    const field = page.getByLabel('from', { exact: true })
    await page.locator('.curve-chart').first().waitFor()
    await field.focus()
    await field.fill('12')
    for (let times = 0; times < 5; times += 1) await report(10)
    await page.getByRole('row', { name: /val\/loss 6/ }).waitFor()
    expect(await field.inputValue()).toBe('12')
    expect(await field.evaluate((element) => element.ownerDocument.activeElement === element)).toBe(true)
    expect(page.url()).toMatch(/x=10\.\.60$/)
  })

  it('shows 10,000 lines with few elements, finds words in them, and loads older ones in front', async () => {
    const { sweep, run } = await train(1)
    await visits.api.store.write((tx) =>
      tx.insertLogs(
        Array.from({ length: 2_500 }, (_, index) =>
          aLogChunk({
            runId: run.id,
            seq: 10 + index,
            text: Array.from({ length: 10 }, (_, line) => `line ${index * 10 + line} of many\n`).join(''),
          }),
        ),
      ),
    )
    const page = await visits.open(pathOf(run.id, sweep.id))
    await page.getByText('10,000 lines').waitFor()
    expect(await page.locator('.log-line').count()).toBeLessThan(100)
    await page.getByText('line 24999 of many').waitFor()
    await page.getByLabel('Lines that have').fill('LINE 2000')
    await page.getByText('10 of 10,000 lines').waitFor()
    expect(await page.locator('.log-line mark').first().innerText()).toBe('line 2000')
    await page.getByLabel('Lines that have').fill('')

    const log = page.getByRole('region', { name: 'Lines of the log' })
    await page.getByLabel('follow').uncheck()
    await log.evaluate((box) => void (box.scrollTop = 0))
    await page.getByText('line 15000 of many').waitFor()
    await page.getByRole('button', { name: /Older lines/ }).click()
    await page.getByText('20,000 lines').waitFor()
    // What was seen is seen: the older lines are above.
    await page.getByText('line 15000 of many').waitFor()
    expect(await log.evaluate((box) => box.scrollTop)).toBe(180_000)
  })

  it('is stopped by a person who says why', async () => {
    const { sweep, run } = await train(1)
    const page = await visits.open(pathOf(run.id, sweep.id))
    await page.getByRole('button', { name: 'Stop…' }).click()
    await page.getByLabel('Why (optional)').fill('enough seen')
    await page.getByRole('button', { name: 'Stop the run' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await visits.api.store.findRun(run.id)).toMatchObject({ wish: 'stop', wishReason: 'enough seen' })
  })

  it('gets tags and notes, which may hold anything', async () => {
    const { sweep, run } = await train(1)
    const page = await visits.open(pathOf(run.id, sweep.id))
    await page.getByRole('button', { name: '+ tag' }).click()
    await page.getByLabel('New tag').fill('<b>keep</b>')
    await page.keyboard.press('Enter')
    await page.getByLabel('Tags').getByText('<b>keep</b>').waitFor()
    await page.getByRole('button', { name: '+ notes' }).click()
    await page.getByLabel('Notes').fill('javascript:alert(1)')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('javascript:alert(1)').waitFor()
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0)
    await page.getByRole('button', { name: /Remove the tag/ }).click()
    await waitFor('the tag is gone', async () => (await visits.api.store.findRun(run.id))?.tags.length === 0)
  })
})

describe('who may only look', () => {
  it('is told so at each button', async () => {
    const page = await visits.open(pathOf(scene.run.id), { role: 'viewer' })
    for (const name of ['Retry', 'Stop…', 'Cancel…', '+ tag', 'edit notes']) {
      const button = page.getByRole('button', { name })
      await button.waitFor()
      expect(await button.isDisabled()).toBe(true)
      expect(await button.getAttribute('title')).toMatch(/only look/)
    }
  })
})

describe('hostile texts', () => {
  it.each(PAYLOADS.map((payload) => [payload.slice(0, 40), payload] as const))(
    'in every field are text, and nothing else: %j',
    async (_, payload) => {
      const { sweep, run } = await fillHostileRun(visits.api, payload)
      const page = await visits.open(pathOf(run.id, sweep.id))
      await page.locator('.log-line').first().waitFor()
      await page.locator('.curve-chart').first().waitFor()
      await seeAll(page)
      await page.locator('#files td').first().waitFor()
      expect(await page.evaluate('window.hit')).toBeUndefined()
      expect(await page.locator('main script, main [onerror], main [onload], main iframe').count()).toBe(0)
      expect(await page.locator('a[href^="javascript" i]').count()).toBe(0)
      // Nothing is wider than the page.
      expect(
        await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      ).toBe(0)
    },
  )
})
