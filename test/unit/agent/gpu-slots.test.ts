import { describe, expect, it } from 'vitest'
import { planGpuSlots } from '../../../agent/gpu-slots.ts'
import type { GpuSlotOptions } from '../../../agent/gpu-slots.ts'

const plan = (options: Partial<GpuSlotOptions>, gpus: readonly string[] = ['0', '1', '2', '3']) =>
  planGpuSlots({ inheritedDevices: undefined, listGpus: () => Promise.resolve(gpus), ...options })

describe('planGpuSlots', () => {
  it('gives one slot per GPU', async () => {
    expect(await plan({})).toEqual({ slotCount: 4, devicesBySlot: ['0', '1', '2', '3'] })
  })

  it('gives one slot and no GPU where there are none', async () => {
    expect(await plan({}, [])).toEqual({ slotCount: 1, devicesBySlot: [null] })
    expect(await plan({ slots: 3 }, [])).toEqual({ slotCount: 3, devicesBySlot: [null, null, null] })
    expect(await plan({ gpus: 'none' })).toEqual({ slotCount: 1, devicesBySlot: [null] })
  })

  it('groups GPUs, and lets slots share a group when more are asked for', async () => {
    expect(await plan({ gpusPerRun: 2 })).toEqual({ slotCount: 2, devicesBySlot: ['0,1', '2,3'] })
    expect(await plan({ gpusPerRun: 3 })).toEqual({ slotCount: 1, devicesBySlot: ['0,1,2'] })
    expect((await plan({ gpusPerRun: 2, slots: 3 })).devicesBySlot).toEqual(['0,1', '2,3', '0,1'])
  })

  it('hands out nothing beyond its own CUDA_VISIBLE_DEVICES', async () => {
    expect((await plan({ inheritedDevices: '2,GPU-8f6' })).devicesBySlot).toEqual(['2', 'GPU-8f6'])
    expect((await plan({ inheritedDevices: '' })).devicesBySlot).toEqual([null])
    expect((await plan({ inheritedDevices: '1,-1,2' })).devicesBySlot).toEqual(['1'])
    await expect(plan({ inheritedDevices: '2', gpus: '0' })).rejects.toThrow('0 not among [2]')
  })

  it('refuses GPUs that are not there', async () => {
    expect((await plan({ gpus: '1, 3' })).devicesBySlot).toEqual(['1', '3'])
    await expect(plan({ gpus: 'all' }, [])).rejects.toMatchObject({ code: 'USAGE' })
    await expect(plan({ gpus: '0,9' })).rejects.toThrow('9 not among')
    await expect(plan({ gpusPerRun: 8 })).rejects.toThrow('only 4 GPUs')
  })
})
