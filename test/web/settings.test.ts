// The settings: tokens made, shown once and taken back; the key page of W&B's client; the theme and the keys.
import { expect, it } from 'vitest'
import { findViolations } from '../support/axe.ts'
import { useVisits } from './visits.ts'

const visits = useVisits()

it('makes a token that works, shows it once, and takes it back', async () => {
  const page = await visits.open('/settings')
  await page.getByRole('button', { name: 'New token…' }).click()
  await page.getByLabel('Name').fill('<b>gpu</b> hosts')
  await page.getByLabel('Role').selectOption('viewer')
  await page.getByRole('button', { name: 'Make it' }).click()
  const secret = (await page.locator('.settings-secret').textContent()) ?? ''
  const asked = await fetch(`${visits.api.url}/api/v1/whoami`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  expect(await asked.json()).toMatchObject({ name: '<b>gpu</b> hosts', role: 'viewer' })

  await page.getByRole('button', { name: 'Done' }).click()
  expect(await page.content()).not.toContain(secret)
  await page.getByRole('button', { name: 'Revoke <b>gpu</b> hosts' }).click()
  await page.getByRole('cell', { name: 'revoked' }).waitFor()
  const after = await fetch(`${visits.api.url}/api/v1/whoami`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  expect(after.status).toBe(401)
})

it('tells a viewer what is not for them', async () => {
  const page = await visits.open('/settings', { role: 'viewer' })
  const button = page.getByRole('button', { name: 'New token…' })
  await button.waitFor()
  expect(await button.isDisabled()).toBe(true)
  expect(await button.getAttribute('title')).toContain('admin token')
  await page.getByText('Only an admin token shows the others.').waitFor()
})

it('keeps the theme and whether single keys work', async () => {
  const page = await visits.open('/settings')
  await page.getByLabel('Theme').first().selectOption('dark')
  await page.getByLabel(/Single keys/).uncheck()
  await page.reload()
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
  expect(await page.getByLabel(/Single keys/).isChecked()).toBe(false)
})

it('tells whom the client of W&B sends for a key how to get one', async () => {
  const page = await visits.open('/authorize')
  await page.getByText(`wandb login --host ${visits.api.url}`).waitFor()
})

it('logs out: the next page asks who it is', async () => {
  const page = await visits.open('/settings')
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByLabel('Token', { exact: true }).waitFor()
})

it.each(['light', 'dark'] as const)('keeps nobody out, %s', async (theme) => {
  const page = await visits.open('/settings', { theme })
  await page.getByRole('button', { name: 'New token…' }).click()
  expect(await findViolations(page)).toEqual([])
  await page.goto('/authorize')
  await page.getByRole('heading', { name: 'Your key' }).waitFor()
  expect(await findViolations(page)).toEqual([])
})
