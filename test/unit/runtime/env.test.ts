import { expect, it } from 'vitest'
import { readEnvironment, stateHome } from '../../../runtime/env.ts'

it('fills in the documented defaults, and takes an empty variable as unset', () => {
  expect(readEnvironment({ REDIS_URL: '', SWEEP_TOKEN: 'abc' })).toEqual({
    server: 'http://127.0.0.1:8765',
    token: 'abc',
    tokenFile: undefined,
    project: undefined,
    dataDir: './.sweep',
    isDataDirGiven: false,
    adminToken: undefined,
    redisUrl: undefined,
    databaseUrl: undefined,
    noColor: false,
  })
})

it('keeps state below the home folder unless XDG_STATE_HOME names an absolute one', () => {
  expect(stateHome({}, '/home/a')).toBe('/home/a/.local/state')
  expect(stateHome({ XDG_STATE_HOME: 'relative' }, '/home/a')).toBe('/home/a/.local/state')
  expect(stateHome({ XDG_STATE_HOME: '/state' }, '/home/a')).toBe('/state')
})
