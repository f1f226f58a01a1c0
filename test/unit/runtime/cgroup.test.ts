// Control groups of one's own: what a process starts is killed with it, however far it goes.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProcessCgroup, findCgroups } from '../../../runtime/cgroup.ts'
import { readProcessStat } from '../../../runtime/process-tree.ts'
import { waitFor } from '../../support/wait.ts'

const name = `sweep-test-${process.pid}`
const probe = createProcessCgroup(name)
await probe?.clear(1_000)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-cgroup-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const isAlive = (pid: number) => !['Z', undefined].includes(readProcessStat(pid)?.state)

describe.skipIf(probe === null)('a control group', () => {
  it('kills a daemon in a session of its own, without its environment, and is gone then', async () => {
    const group = createProcessCgroup(name)
    const file = join(folder, 'pid')
    // Waits for a line before it starts the daemon: by then it is in the group.
    const script = `read line; env -i setsid sh -c 'echo $$ > ${file}; exec sleep 1000' & exit 0`
    const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    const exited = new Promise((resolve) => child.once('exit', resolve))
    expect(group?.add(child.pid ?? 0)).toBe(true)
    child.stdin.end('go\n')
    await exited
    const daemon = await waitFor('the daemon runs', () => {
      try {
        return Number(readFileSync(file, 'utf8'))
      } catch {
        return null
      }
    })
    expect(isAlive(daemon)).toBe(true)
    expect(findCgroups(name)).toEqual([group?.path])
    expect(await group?.clear(5_000)).toBe(true)
    expect([isAlive(daemon), findCgroups(name)]).toEqual([false, []])
  })

  it('takes no process that is gone, and clears twice', async () => {
    const group = createProcessCgroup(name)
    expect(group?.add(2 ** 22 - 1)).toBe(false)
    expect([await group?.clear(1_000), await group?.clear(1_000)]).toEqual([true, true])
  })

  it('is not made twice under one name', async () => {
    const group = createProcessCgroup(name)
    const again = createProcessCgroup(name)
    expect(again).toBeNull()
    await group?.clear(1_000)
  })
})
