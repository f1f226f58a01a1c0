// The locks that keep two agents of a machine from handing out the same GPU.
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GpuDevice } from '../../../agent/gpu-devices.ts'
import { takeGpus } from '../../../agent/gpu-locks.ts'

const gpu = (index: number): GpuDevice => ({ name: String(index), uuid: `GPU-${index}`, index })
const GPUS = [gpu(0), gpu(1), gpu(2)]

let base: string
let folder: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sweep-gpu-locks-'))
  folder = join(base, 'locks')
})
afterEach(() => rmSync(base, { recursive: true }))

const take = (devices: readonly GpuDevice[], isEachWanted = false) =>
  takeGpus(devices, { folder, isEachWanted })
const namesOf = (devices: readonly GpuDevice[]) => devices.map(({ name }) => name)

describe('takeGpus', () => {
  it('leaves out what another agent has, and has it when that one is gone', () => {
    const first = take(GPUS.slice(0, 2))
    const second = take(GPUS)
    expect(namesOf(second.devices)).toEqual(['2'])
    expect(second.others.map(({ device, pid }) => [device.name, pid])).toEqual([
      ['0', process.pid],
      ['1', process.pid],
    ])
    first.release()
    second.release()
    const third = take(GPUS)
    expect(namesOf(third.devices)).toEqual(['0', '1', '2'])
    third.release()
  })

  it('refuses when nothing is free, or one that was named is not; and keeps none then', () => {
    const first = take(GPUS.slice(0, 1))
    expect(() => take(GPUS.slice(0, 1))).toThrow(`GPU 0 (pid ${process.pid}) is handed out by another agent`)
    expect(() => take(GPUS, true)).toThrow('GPU 0')
    const rest = take(GPUS.slice(1), true)
    expect(namesOf(rest.devices)).toEqual(['1', '2'])
    rest.release()
    first.release()
  })

  it('locks by UUID, whatever the GPU is called', () => {
    const first = take([gpu(0)])
    expect(() => take([{ name: 'GPU-0', uuid: 'GPU-0', index: null }])).toThrow('another agent')
    first.release()
  })

  it('makes files that other users can open, and follows no link', () => {
    const target = join(base, 'precious')
    writeFileSync(target, 'text', { mode: 0o600 })
    mkdirSync(folder)
    symlinkSync(target, join(folder, 'GPU-1'))
    const taken = take([gpu(0)])
    expect(statSync(join(folder, 'GPU-0')).mode & 0o777).toBe(0o666)
    expect(statSync(folder).mode & 0o7777).toBe(0o1777)
    taken.release()
    expect(() => take([gpu(1)])).toThrow('cannot be used')
    expect(statSync(target).mode & 0o777).toBe(0o600)
  })

  it('says what to do where the folder cannot be made', () => {
    writeFileSync(join(base, 'file'), '')
    folder = join(base, 'file', 'locks')
    expect(() => take([gpu(0)])).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error)
  })
})
