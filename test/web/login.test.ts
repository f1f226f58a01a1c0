// How a person comes in: the form, the link with a ticket, and out again.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startApi, TOKEN, type ApiHarness } from '../integration/api-harness.ts'
import { logIn, openBrowser } from '../support/browser.ts'

let api: ApiHarness
let browser: Browser
beforeAll(async () => {
  ;[api, browser] = await Promise.all([startApi(), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await api?.close()
})

it('lets a token in through the form, says so when it is wrong, and asks nobody else', async () => {
  const page = await browser.newPage({ baseURL: api.url })
  await page.goto('/')
  await page.getByLabel('Token').fill('b'.repeat(48))
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('Token').fill(TOKEN)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
  await page.close()
})

it('knows a session, and complains of nothing', async () => {
  const visitor = await logIn(browser, { url: api.url, token: TOKEN })
  const page = await visitor.open('/')
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
  expect(visitor.complaints).toEqual([])
  await visitor.context.close()
})
