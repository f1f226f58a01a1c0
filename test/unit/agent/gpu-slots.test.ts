// Which GPUs an agent hands out, and how they make slots.
import { describe, expect, it } from 'vitest'
import { findGpuDevices, parseGpuList } from '../../../agent/gpu-devices.ts'
import type { GpuChoice } from '../../../agent/gpu-devices.ts'
import { planGpuSlots } from '../../../agent/gpu-slots.ts'
import type { GpuSlotOptions } from '../../../agent/gpu-slots.ts'

const LIST = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-aa0)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-bb1)
GPU 2: NVIDIA H100 80GB HBM3 (UUID: GPU-cc2)
GPU 3: NVIDIA H100 80GB HBM3 (UUID: GPU-dd3)
`
const MIG_LIST = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aa0)
  MIG 3g.20gb     Device  0: (UUID: MIG-11)
  MIG 3g.20gb     Device  1: (UUID: MIG-22)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bb1)
`

const find = (choice: Partial<GpuChoice> & { list?: string } = {}) =>
  findGpuDevices({
    environment: {},
    listGpus: () => Promise.resolve(parseGpuList(choice.list ?? LIST)),
    ...choice,
  })
const names = async (choice: Partial<GpuChoice> & { list?: string } = {}) =>
  (await find(choice)).map(({ name }) => name)
const visible = (CUDA_VISIBLE_DEVICES: string) => ({ environment: { CUDA_VISIBLE_DEVICES } })

describe('findGpuDevices', () => {
  it('takes all that are listed, with their UUIDs', async () => {
    expect(await names()).toEqual(['0', '1', '2', '3'])
    expect((await find())[2]).toEqual({ name: '2', uuid: 'GPU-cc2', index: 2 })
    expect(await names({ list: '' })).toEqual([])
    expect(await names({ gpus: 'none' })).toEqual([])
  })

  it('takes the parts of a GPU that is cut, and the others whole', async () => {
    expect(await names({ list: MIG_LIST })).toEqual(['MIG-11', 'MIG-22', '1'])
    expect((await find({ list: MIG_LIST }))[1]).toEqual({ name: 'MIG-22', uuid: 'MIG-22', index: 0 })
    expect(await names({ list: MIG_LIST, gpus: 'MIG-22,1' })).toEqual(['MIG-22', '1'])
  })

  it('hands out nothing beyond its own CUDA_VISIBLE_DEVICES, as they are named there', async () => {
    expect(await find(visible('2,GPU-bb'))).toEqual([
      { name: '2', uuid: 'GPU-cc2', index: 2 },
      { name: 'GPU-bb', uuid: 'GPU-bb1', index: 1 },
    ])
    expect(await names(visible('MIG-99'))).toEqual(['MIG-99'])
    expect(await names(visible(''))).toEqual([])
    expect(await names(visible('1,-1,2'))).toEqual(['1'])
    await expect(find({ ...visible('2'), gpus: '0' })).rejects.toThrow('0 not among [2]')
  })

  it('respects what Slurm gave its job, whether it shows the others or not', async () => {
    const job = (SLURM_JOB_GPUS: string, more = {}) => ({ environment: { SLURM_JOB_GPUS, ...more } })
    expect(await names(job('1,3'))).toEqual(['1', '3'])
    expect(await names(job('1,3', { SLURM_STEP_GPUS: '3' }))).toEqual(['3'])
    expect(await names(job('1,3', { CUDA_VISIBLE_DEVICES: '0' }))).toEqual(['0'])
    // A job with GPUs 4 and 5 of the machine that sees them as 0 and 1
    const two = LIST.split('\n').slice(0, 2).join('\n')
    expect(await names({ ...job('4,5'), list: two })).toEqual(['0', '1'])
  })

  it('takes those that are named, and refuses what is not there', async () => {
    expect(await names({ gpus: '1, 3' })).toEqual(['1', '3'])
    expect(await names({ gpus: 'GPU-dd3' })).toEqual(['3'])
    await expect(find({ gpus: 'all', list: '' })).rejects.toMatchObject({ code: 'USAGE' })
    await expect(find({ gpus: '0,9' })).rejects.toThrow('9 not among')
  })
})

describe('planGpuSlots', () => {
  const devices = parseGpuList(LIST)
  const bySlot = (options: GpuSlotOptions, count = 4) =>
    planGpuSlots(devices.slice(0, count), options).devicesBySlot

  it('gives one slot per GPU', () => {
    expect(planGpuSlots(devices, {})).toEqual({ slotCount: 4, devicesBySlot: ['0', '1', '2', '3'] })
  })

  it('gives one slot and no GPU where there are none', () => {
    expect(bySlot({}, 0)).toEqual([null])
    expect(bySlot({ slots: 3, slotsPerGpu: 2 }, 0)).toEqual([null, null, null])
  })

  it('groups GPUs', () => {
    expect(bySlot({ gpusPerRun: 2 })).toEqual(['0,1', '2,3'])
    expect(bySlot({ gpusPerRun: 3 })).toEqual(['0,1,2'])
    expect(() => bySlot({ gpusPerRun: 8 })).toThrow('only 4 GPUs')
  })

  it('lets slots share GPUs, every GPU its first run before any its second', () => {
    expect(bySlot({ slotsPerGpu: 2 }, 2)).toEqual(['0', '1', '0', '1'])
    expect(bySlot({ gpusPerRun: 2, slotsPerGpu: 2 })).toEqual(['0,1', '2,3', '0,1', '2,3'])
    expect(bySlot({ gpusPerRun: 2, slots: 3 })).toEqual(['0,1', '2,3', '0,1'])
  })
})
