import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { exitCodeOfChecks, fail, ok, warn } from '../../../cli/doctor/check.ts'
import { checkNode, judgeDisk, readDiskSpace } from '../../../cli/doctor/machine-checks.ts'
import { judgeClock, judgeVersions } from '../../../cli/doctor/server-checks.ts'

describe('the exit code', () => {
  it('follows from the worst that failed; warnings count for nothing', () => {
    expect(exitCodeOfChecks([ok('node', 'x'), warn('token', 'x', 'y')])).toBe(0)
    expect(exitCodeOfChecks([fail('disk', 'x', 'y')])).toBe(7)
    expect(exitCodeOfChecks([fail('file', 'x', 'y'), fail('disk', 'x', 'y')])).toBe(6)
    expect(exitCodeOfChecks([fail('disk', 'x', 'y'), fail('token', 'x', 'y')])).toBe(4)
    expect(exitCodeOfChecks([fail('token', 'x', 'y'), fail('server', 'x', 'y')])).toBe(5)
  })
})

describe('the clock', () => {
  it.each([
    [3_600_000, 'fail', 'this machine is 1h00m behind the server'],
    [-3_600_000, 'fail', 'this machine is 1h00m ahead of the server'],
    [30_000, 'warn', 'this machine is 30s behind the server'],
    [-900, 'ok', 'within seconds'],
  ])('%i ms apart', (aheadMs, status, found) => {
    const check = judgeClock(aheadMs)
    expect(check.status).toBe(status)
    expect(check.found).toContain(found)
  })
})

describe('the disk', () => {
  it('of this machine is measured, and judged by the limits', () => {
    const space = readDiskSpace(`${tmpdir()}/not/there/yet`)
    expect(space.freeBytes).toBeGreaterThan(0)
    expect(space.totalBytes).toBeGreaterThanOrEqual(space.freeBytes)
    const limits = {
      failBelowBytes: space.freeBytes,
      warnBelowBytes: 0,
      warnBelowShare: 0,
      failBelowFiles: 0,
    }
    expect(judgeDisk(space, tmpdir(), limits).status).toBe('ok')
    const more = { ...limits, failBelowBytes: space.freeBytes + 1 }
    expect(judgeDisk(space, tmpdir(), more)).toMatchObject({ status: 'fail' })
  })

  it('warns when little of it is left, and fails when no file can be made', () => {
    const limits = { failBelowBytes: 10, warnBelowBytes: 100, warnBelowShare: 0.1, failBelowFiles: 5 }
    const judge = (freeBytes: number, totalBytes: number, freeFiles: number | null = null) =>
      judgeDisk({ freeBytes, totalBytes, freeFiles }, '/', limits).status
    expect(judge(50, 1000)).toBe('warn')
    expect(judge(50, 60)).toBe('ok')
    expect(judge(5, 1000)).toBe('fail')
    expect(judge(500, 1000, 4)).toBe('fail')
  })
})

it('wants Node 20.19 or newer', () => {
  expect(['18.20.0', '20.18.1'].map((version) => checkNode(version).status)).toEqual(['fail', 'fail'])
  expect(['20.19.0', '24.0.0'].map((version) => checkNode(version).status)).toEqual(['ok', 'ok'])
})

it('warns of another version on the server', () => {
  expect(judgeVersions('0.1.0', '0.1.0').status).toBe('ok')
  expect(judgeVersions('0.1.0', '0.2.0')).toMatchObject({
    status: 'warn',
    found: '0.1.0 here, 0.2.0 on the server',
  })
})
