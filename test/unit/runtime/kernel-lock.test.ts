// The kernel lock against real processes: refused while held, free after release and after kill -9.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquireKernelLock } from '../../../runtime/kernel-lock.ts'
import type { KernelLock } from '../../../runtime/kernel-lock.ts'

let folder: string
let file: string
const toRelease: KernelLock[] = []
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kernel-lock-'))
  file = join(folder, 'lock')
})

afterEach(() => {
  for (const lock of toRelease.splice(0)) lock.release()
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

function take(facts: Record<string, unknown> = {}): KernelLock {
  const result = acquireKernelLock(file, facts)
  if ('heldBy' in result) throw new Error(`held by ${JSON.stringify(result.heldBy)}`)
  toRelease.push(result)
  return result
}

/** A process that takes the lock, says so, and then waits to be killed. */
async function holderProcess(): Promise<ChildProcess> {
  const program = `
    import { acquireKernelLock } from ${JSON.stringify(new URL('../../../runtime/kernel-lock.ts', import.meta.url).href)}
    const take = () => acquireKernelLock(process.argv[1], { pid: process.pid, url: 'http://127.0.0.1:1' })
    process.send('heldBy' in take() ? 'refused' : 'held')
    process.on('message', () => setImmediate(() => { gc(); gc(); setImmediate(() => process.send('collected')) }))`
  const flags = ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', program, file]
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  children.push(child)
  expect(await once(child, 'message')).toEqual(['held', undefined])
  return child
}

describe('acquireKernelLock', () => {
  it('refuses a second holder in the same process, and names the first', () => {
    take({ pid: 1, url: 'http://127.0.0.1:8765' })

    expect(acquireKernelLock(file, { pid: 2 })).toEqual({ heldBy: { pid: 1, url: 'http://127.0.0.1:8765' } })
  })

  it('keeps the lock through a refused second attempt', () => {
    take({ pid: 1 })
    acquireKernelLock(file, { pid: 2 })

    expect(acquireKernelLock(file, { pid: 3 })).toEqual({ heldBy: { pid: 1 } })
  })

  it('is free again after release, which may be called twice', () => {
    const lock = take({ pid: 1 })
    lock.release()
    take({ pid: 2 })
    lock.release()

    expect(acquireKernelLock(file, { pid: 3 })).toEqual({ heldBy: { pid: 2 } })
  })

  it('refuses while another process holds it, and is free at once after kill -9', async () => {
    const holder = await holderProcess()
    expect(acquireKernelLock(file, {})).toEqual({ heldBy: { pid: holder.pid, url: 'http://127.0.0.1:1' } })

    holder.kill('SIGKILL')
    await once(holder, 'exit')

    const facts = { pid: process.pid }
    take(facts)
    expect(acquireKernelLock(file, {})).toEqual({ heldBy: facts })
  })

  it('holds it although the returned lock was collected as garbage', async () => {
    const holder = await holderProcess()
    holder.send('collect garbage')
    await once(holder, 'message')

    expect(acquireKernelLock(file, {})).toMatchObject({ heldBy: { pid: holder.pid } })
  })

  it('says null of a holder whose facts cannot be read', () => {
    take({ pid: 1 })
    writeFileSync(`${file}.json`, '{"pid":')

    expect(acquireKernelLock(file, {})).toEqual({ heldBy: null })
  })

  it('throws words when the folder is missing', () => {
    expect(() => acquireKernelLock(join(folder, 'missing', 'lock'), {})).toThrow(
      /lock file .*missing.lock cannot be used/,
    )
  })

  it('throws words when the file is something else', () => {
    writeFileSync(file, 'minutes of a meeting\n'.repeat(100))

    expect(() => acquireKernelLock(file, {})).toThrow(/lock file .* cannot be used: file is not a database/)
  })
})
