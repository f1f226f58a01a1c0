// `sweep slurm`: bash reads the script, and it does what it says with a fake agent and a fake scontrol.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatSlurmTime, slurmScript } from '../../../cli/slurm-script.ts'
import type { SlurmJob } from '../../../cli/slurm-script.ts'
import { waitFor } from '../../support/wait.ts'
import { cli, serve } from './cli-world.ts'

const JOB: SlurmJob = {
  sweepId: 'k3v9r2td',
  server: 'https://head:8765',
  arraySize: 100,
  timeMs: 4 * 3_600_000,
  gpuCount: 1,
  partition: null,
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-slurm-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const parses = (script: string) => execFileSync('bash', ['-n'], { input: script })

describe('the script', () => {
  it.each<Partial<SlurmJob>>([
    {},
    { gpuCount: 0, partition: 'gpu,long' },
    { server: "https://o'brien $(id) `id`" },
  ])('is sound for bash: %j', (facts) => {
    expect(() => parses(slurmScript({ ...JOB, ...facts }))).not.toThrow()
  })

  it('asks Slurm for what was asked for, and plans the agent to end before', () => {
    const script = slurmScript({ ...JOB, gpuCount: 8, partition: 'long' })
    for (const directive of ['--array=1-100', '--time=04:00:00', '--gpus-per-node=8', '--partition=long'])
      expect(script).toContain(`#SBATCH ${directive}\n`)
    expect(script).toContain('sweep agent k3v9r2td --max-time 14220s &')
  })

  it.each([
    [90_000, '00:02:00'],
    [4 * 3_600_000, '04:00:00'],
    [60 * 3_600_000, '2-12:00:00'],
  ])('%d ms are %s for sbatch', (ms, text) => {
    expect(formatSlurmTime(ms)).toBe(text)
  })
})

describe('the job', () => {
  const tool = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/bash\n${text}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const run = () => {
    const script = join(folder, 'job.sh')
    writeFileSync(script, slurmScript(JOB))
    tool('sleep', '')
    tool('scontrol', `echo "$@" > ${folder}/requeued`)
    const env = {
      PATH: `${folder}:${process.env['PATH']}`,
      SLURM_ARRAY_JOB_ID: '77',
      SLURM_ARRAY_TASK_ID: '3',
    }
    const child = spawn('bash', [script], { cwd: folder, env, stdio: 'ignore' })
    const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
    return { child, exited }
  }

  it('passes the warning on, waits for the agent, and is queued again when it handed its run back', async () => {
    const wait = 'for ((;;)); do read -t 0.05 <> <(:); done'
    tool('sweep', `trap 'exit 75' TERM; echo "$SWEEP_SERVER $@" > ${folder}/started; ${wait}`)
    const { child, exited } = run()
    const started = join(folder, 'started')
    await waitFor('the agent runs', () => existsSync(started) && readFileSync(started, 'utf8') !== '')
    child.kill('SIGTERM')
    expect(await exited).toBe(75)
    expect(readFileSync(started, 'utf8')).toBe('https://head:8765 agent k3v9r2td --max-time 14220s\n')
    expect(readFileSync(join(folder, 'requeued'), 'utf8')).toBe('requeue 77_3\n')
  })

  it.each([0, 20, 21])('ends with the agent’s %i and is not queued again', async (code) => {
    tool('sweep', `exit ${code}`)
    expect(await run().exited).toBe(code)
    expect(existsSync(join(folder, 'requeued'))).toBe(false)
  })
})

it('the command resolves the sweep, and warns of an address that nodes do not reach', async () => {
  const server = await serve(() => JSON.stringify({ kind: 'sweep', id: 'k3v9r2td', name: 'n' }))
  const { code, stdout, stderr } = await cli(['slurm', 'k3v', '--array', '5', '--time', '2h'], {
    env: { SWEEP_SERVER: server.url },
  })
  await server.close()
  expect([code, stdout]).toEqual([0, expect.stringContaining('#SBATCH --array=1-5\n')])
  expect(stderr).toContain('Nodes do not reach')
  expect(() => parses(stdout)).not.toThrow()
  expect((await cli(['slurm', 'k3v', '--partition', 'a b'])).code).toBe(2)
})
