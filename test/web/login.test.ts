// How a person comes in: the form, and the session that it leaves.
import { expect, it } from 'vitest'
import { TOKEN } from '../integration/api-harness.ts'
import { useVisits } from './visits.ts'

const visits = useVisits()

it('lets a token in through the form, says so when it is wrong, and asks nobody else', async () => {
  const page = await visits.open('/', { role: 'stranger' })
  await page.getByLabel('Token').fill('b'.repeat(48))
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('Token').fill(TOKEN)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
})

it('knows a session, and complains of nothing', async () => {
  const visitor = await visits.visit()
  const page = await visitor.open('/')
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
  expect(visitor.complaints).toEqual([])
})
