import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prepareTraining } from '../../../agent/training-environment.ts'
import { PROTOCOL_VERSION } from '../../../sweeps/protocol.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-training-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function environmentOf(inherited: NodeJS.ProcessEnv): Record<string, string> {
  return prepareTraining({
    job: {
      protocol: PROTOCOL_VERSION,
      runId: 'r1',
      attempt: 1,
      token: 't',
      sweepId: 's1',
      sweepName: 's',
      project: 'p',
      configText: '{"lr":1.0}',
      command: ['python3', 'train.py'],
      program: null,
      groups: [],
      conditional: [],
      seed: 1,
      metric: null,
      graceMs: 1000,
      runTimeoutMs: null,
      noMetricTimeoutMs: null,
    },
    cwd: folder,
    dataDirectory: join(folder, 'data'),
    runFolder: join(folder, 'run'),
    cookieValue: 'c',
    reportUrl: 'http://127.0.0.1:1/report',
    runToken: 't',
    devices: null,
    inherited,
  }).env
}

test("a training learns which rank is only its agent's", () => {
  const slurm = { SLURM_PROCID: '3', SLURM_STEP_ID: '0' }
  expect(environmentOf(slurm)).toMatchObject({ ...slurm, SWEEP_OUTER_RANK: 'SLURM_PROCID=3,SLURM_STEP_ID=0' })
})

test("an agent without a rank says nothing of one, nor passes on an outer agent's", () => {
  expect(environmentOf({ SWEEP_OUTER_RANK: 'RANK=1' })).not.toHaveProperty('SWEEP_OUTER_RANK')
  expect(existsSync(join(folder, 'run', 'config.json'))).toBe(true)
})
