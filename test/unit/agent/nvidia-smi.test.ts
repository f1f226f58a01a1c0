import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseGpus, readGpus } from '../../../agent/nvidia-smi.ts'

const H100 = '0, GPU-5b3f, 550.54.15, 81559, 40000, 97, 45, 61, 412.30, 700.00, NVIDIA H100 80GB HBM3'

describe('the answer of nvidia-smi', () => {
  it('is read as numbers in the units it prints', () => {
    expect(parseGpus(`${H100}\n`)).toEqual([
      {
        index: 0,
        uuid: 'GPU-5b3f',
        driver: '550.54.15',
        memoryTotalMiB: 81559,
        memoryUsedMiB: 40000,
        busyPercent: 97,
        memoryBusyPercent: 45,
        temperatureCelsius: 61,
        powerWatts: 412.3,
        powerLimitWatts: 700,
        name: 'NVIDIA H100 80GB HBM3',
      },
    ])
  })

  it('has null for what a GPU does not tell, and keeps commas in a name', () => {
    const [gpu] = parseGpus(
      '1, GPU-1, 535.1, 4096, [N/A], [Not Supported], [N/A], 40, [N/A], [N/A], Odd, Name',
    )
    expect(gpu).toMatchObject({ memoryUsedMiB: null, busyPercent: null, powerWatts: null, name: 'Odd, Name' })
  })

  it('may hold lines that are no GPU', () => {
    expect(parseGpus('No devices were found\n\nUnable to determine the device handle for GPU 0\n')).toEqual(
      [],
    )
  })
})

describe('the program', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sweep-smi-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  const install = (script: string) => {
    writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, 'nvidia-smi'), 0o755)
  }
  const env = () => ({ PATH: `${folder}:/usr/bin:/bin` })

  it('is asked once for all GPUs, for the fields that are read', async () => {
    install(`echo "$@" >> ${folder}/calls; echo '${H100}'; echo '${H100.replace('0,', '1,')}'`)
    const gpus = await readGpus({ env: env(), limitMs: 5_000 })
    expect(gpus?.map(({ index }) => index)).toEqual([0, 1])
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
    expect(calls).toHaveLength(1)
    expect(calls[0]).toMatch(/^--query-gpu=index,uuid,.*,name --format=csv,noheader,nounits$/)
  })

  it('gives null when it is missing, and when it fails', async () => {
    expect(await readGpus({ env: { PATH: folder }, limitMs: 5_000 })).toBeNull()
    install('echo "NVIDIA-SMI has failed"; exit 9')
    expect(await readGpus({ env: env(), limitMs: 5_000 })).toBeNull()
  })

  it('is killed when it hangs', async () => {
    install(`exec tail -f /dev/null`)
    const before = performance.now()
    expect(await readGpus({ env: env(), limitMs: 200 })).toBeNull()
    expect(performance.now() - before).toBeLessThan(2_000)
  })
})
