import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { prepareTraining } from '../../../agent/training-environment.ts'
import { findOtherWandbChoice } from '../../../agent/wandb-environment.ts'
import { PROTOCOL_VERSION } from '../../../sweeps/protocol.ts'
import { parseRunKey } from '../../../sweeps/run-key.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-training-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function environmentOf(inherited: NodeJS.ProcessEnv): Record<string, string> {
  return prepareTraining({
    job: {
      protocol: PROTOCOL_VERSION,
      runId: 'r7k3v9r2',
      attempt: 2,
      token: 't0k3n'.repeat(8),
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
    server: 'https://sweeps.example/',
    asWandb: null,
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

describe("W&B's client in a training", () => {
  test('is told where the controller is, by a key of this attempt alone, and is quick enough to be stopped early', () => {
    const person = { WANDB_API_KEY: 'a'.repeat(40), WANDB_PROJECT: 'other' }
    const env = environmentOf(person)
    expect(env).toMatchObject({
      WANDB_BASE_URL: 'https://sweeps.example',
      WANDB_PROJECT: 'p',
      WANDB_ENTITY: 'sweep',
      WANDB_RUN_ID: 'r7k3v9r2',
      WANDB_SWEEP_ID: 's1',
      WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL: '2',
    })
    const key = env['WANDB_API_KEY'] ?? ''
    expect(parseRunKey(key)).toEqual({ runId: 'r7k3v9r2', attempt: 2, token: 't0k3n'.repeat(8) })
    expect(existsSync(env['WANDB_SWEEP_PARAM_PATH'] ?? '')).toBe(true)
  })

  test.each([
    ['WANDB_BASE_URL', 'https://api.wandb.ai'],
    ['WANDB_BASE_URL', 'https://sweeps.example/elsewhere'],
    ['WANDB_MODE', 'offline'],
    ['WANDB_MODE', 'disabled'],
  ])('is left alone where a person has set %s=%s', (name, value) => {
    const person = { WANDB_API_KEY: 'a'.repeat(40), [name]: value }
    const env = environmentOf(person)
    expect(env).toMatchObject(person)
    expect(env).not.toHaveProperty('WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL')
    expect(findOtherWandbChoice(person, 'https://sweeps.example')).toBe(`${name}=${value}`)
  })

  test.each([
    ['http://localhost:8765/', 'http://127.0.0.1:8765'],
    ['https://sweeps.example:443', 'https://sweeps.example'],
  ])('knows %s for %s', (one, other) => {
    expect(findOtherWandbChoice({ WANDB_BASE_URL: one, WANDB_MODE: 'online' }, other)).toBeNull()
  })

  test("keeps the entity and the interval of a person's own", () => {
    const person = { WANDB_ENTITY: 'team', WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL: '7' }
    expect(environmentOf(person)).toMatchObject(person)
  })

  test('is not shown a password of the other address', () => {
    const person = { WANDB_BASE_URL: 'https://me:word@api.wandb.ai' }
    expect(findOtherWandbChoice(person, 'http://here')).toBe('WANDB_BASE_URL=https://api.wandb.ai')
  })
})

test('neither the report URL nor the controller is asked for through a proxy', () => {
  const env = environmentOf({ HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'intern' })
  expect(env).toMatchObject({
    NO_PROXY: '127.0.0.1,sweeps.example',
    no_proxy: 'intern,127.0.0.1,sweeps.example',
  })
})
