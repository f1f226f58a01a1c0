// Whether the GPUs of a slot can take the next run.
import { describe, expect, it } from 'vitest'
import { GpuWatch } from '../../../agent/gpu-watch.ts'
import { parseGpus } from '../../../agent/nvidia-smi.ts'
import type { GpuReading } from '../../../agent/nvidia-smi.ts'

const gpu = (index: number, usedMiB: number): GpuReading => {
  const [reading] = parseGpus(`${index}, GPU-${index}, 550, 80000, ${usedMiB}, 0, 0, 40, 100, 700, H100`)
  if (reading === undefined) throw new Error('not a GPU')
  return reading
}

/** A watch over readings that come one after the other; the last one stays. */
async function watch(devicesBySlot: (string | null)[], ...readings: (GpuReading[] | null)[]) {
  const read = () => Promise.resolve((readings.length > 1 ? readings.shift() : readings[0]) ?? null)
  const begun = await GpuWatch.begin({ read, devicesBySlot, memoryLimitMs: 0 })
  if (begun === null) throw new Error('nothing is watched')
  return begun
}

describe('GpuWatch', () => {
  it('watches nothing where no GPUs are handed out, or nvidia-smi does not answer', async () => {
    const silent = { read: () => Promise.resolve(null), devicesBySlot: ['0'] }
    expect(await GpuWatch.begin(silent)).toBeNull()
    expect(await GpuWatch.begin({ ...silent, devicesBySlot: [null] })).toBeNull()
  })

  it.each([
    ['as at the start', 500, 'ready'],
    ['64 MiB more', 564, 'ready'],
    ['65 MiB more', 565, 'held'],
  ])('memory %s', async (_what, usedMiB, state) => {
    expect(await (await watch(['0'], [gpu(0, 500)], [gpu(0, usedMiB)])).check(0)).toBe(state)
  })

  it('waits for memory that is given back', async () => {
    const readings = [[gpu(0, 0)], [gpu(0, 9_000)], [gpu(0, 9_000)], [gpu(0, 0)]]
    const read = () => Promise.resolve((readings.length > 1 ? readings.shift() : readings[0]) ?? null)
    const begun = await GpuWatch.begin({ read, devicesBySlot: ['0'] })
    expect(await begun?.check(0)).toBe('ready')
    expect(readings).toHaveLength(1)
  })

  it('looks at every GPU of the slot, by number and by UUID', async () => {
    const start = [gpu(0, 0), gpu(1, 0)]
    expect(await (await watch(['0,1'], start, [gpu(0, 0), gpu(1, 900)])).check(0)).toBe('held')
    expect(await (await watch(['GPU-1'], start, [gpu(0, 900), gpu(1, 0)])).check(0)).toBe('ready')
  })

  it('does not take another slot’s run on the same GPU for a leftover', async () => {
    expect(await (await watch(['0', '0'], [gpu(0, 0)], [gpu(0, 9_000)])).check(0)).toBe('ready')
  })

  it('finds a GPU that is not listed any more, and a silent nvidia-smi after three tries', async () => {
    expect(await (await watch(['1'], [gpu(0, 0), gpu(1, 0)], [gpu(0, 0)])).check(0)).toBe('gone')
    expect(await (await watch(['0'], [gpu(0, 0)], null)).check(0)).toBe('gone')
    expect(await (await watch(['0'], [gpu(0, 0)], null, null, [gpu(0, 0)])).check(0)).toBe('ready')
  })
})
