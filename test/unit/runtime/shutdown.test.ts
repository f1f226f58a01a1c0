import { expect, it } from 'vitest'
import { silentLogger } from '../../../runtime/logger.ts'
import { Shutdown } from '../../../runtime/shutdown.ts'

it('closes the newest first, once, whatever hangs or throws', async () => {
  const closed: string[] = []
  const shutdown = new Shutdown(silentLogger)
  shutdown.add({ name: 'lock', limitMs: 1000, close: () => void closed.push('lock') })
  shutdown.add({ name: 'hanging', limitMs: 5, close: () => new Promise(() => {}) })
  shutdown.add({ name: 'broken', limitMs: 1000, close: () => Promise.reject(new Error('no')) })
  shutdown.add({
    name: 'throwing',
    limitMs: 1000,
    close: () => {
      throw new Error('no')
    },
  })
  shutdown.add({ name: 'server', limitMs: 1000, close: async () => void closed.push('server') })
  const [first, second] = await Promise.all([shutdown.run(), shutdown.run()])
  expect(closed).toEqual(['server', 'lock'])
  expect(first).toEqual({ timedOut: ['hanging'], failed: ['throwing', 'broken'] })
  expect(second).toBe(first)
})
