// The command as it is shipped: bin/sweep in a process of its own, without a server. Needs a build.
import { execFile } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const SWEEP = fileURLToPath(new URL('../../bin/sweep', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function sweep(words: readonly string[], options: { cwd: string; stdin?: string }): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: options.cwd, SWEEP_SERVER: 'http://127.0.0.1:1' }
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [SWEEP, ...words],
      { cwd: options.cwd, env },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    )
    child.stdin?.end(options.stdin ?? '')
  })
}

describe('bin/sweep without a server', () => {
  let cwd: string

  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'sweep-e2e-cli-'))
    writeFileSync(
      join(cwd, 'good.yaml'),
      'program: train.py\nmethod: grid\nparameters:\n  lr: {values: [0.1, 1.0]}\n  bs: {values: [1, 2]}\n',
    )
    writeFileSync(join(cwd, 'bad.yaml'), 'method: grid\nparameters:\n  lr: {valuez: [1]}\n')
    const huge = Array.from(
      { length: 9 },
      (_, i) => `  p${i}: {values: [${Array.from({ length: 10 }, (_, v) => v)}]}`,
    )
    writeFileSync(join(cwd, 'huge.yaml'), `method: grid\nparameters:\n${huge.join('\n')}\n`)
  })

  it('answers --help and --version', async () => {
    expect(await sweep(['--help'], { cwd })).toMatchObject({ code: 0, stderr: '' })
    expect((await sweep(['--version'], { cwd })).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('loads no command to show the overview', async () => {
    const { stderr } = await new Promise<Ended>((resolve) => {
      const child = execFile(
        process.execPath,
        [SWEEP, '--help'],
        { cwd, env: { PATH: process.env['PATH'] ?? '', NODE_DEBUG: 'esm' } },
        (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
      )
    })
    expect(stderr).toContain('cli/main.js')
    expect(stderr).not.toMatch(/node_modules\/(?:commander|yaml|zod|express|bullmq|ioredis)\//)
  })

  it('validates: 0 and the facts, 6 and every problem, on stdout both times', async () => {
    const good = await sweep(['validate', 'good.yaml', '--json', '--sample', '2'], { cwd })
    expect(good).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(good.stdout)).toMatchObject({ schema: 'sweep.validate/1', valid: true, size: 4 })
    const bad = await sweep(['validate', 'bad.yaml', '--json'], { cwd })
    expect(bad).toMatchObject({ code: 6, stderr: '' })
    const answer = JSON.parse(bad.stdout) as { valid: boolean; errors: { line: number; column: number }[] }
    expect(answer.valid).toBe(false)
    expect(answer.errors[0]).toMatchObject({ path: 'parameters.lr.valuez', line: 3 })
  })

  it('validates whatever the bytes, from standard input', async () => {
    const { code, stdout } = await sweep(['validate', '-', '--json'], { cwd, stdin: '\u0000\u0001{[: -\t"' })
    expect(code).toBe(6)
    expect(JSON.parse(stdout)).toMatchObject({ valid: false })
  })

  it('plans in JSON Lines with int and float apart', async () => {
    const { code, stdout } = await sweep(['plan', 'good.yaml', '--json'], { cwd })
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(4)
    expect(stdout).toContain('"lr":1.0')
  })

  it('streams a plan of 10^9 cells and ends when its reader has had enough', async () => {
    const child = spawn(process.execPath, [SWEEP, 'plan', 'huge.yaml', '--json'], {
      cwd,
      env: { PATH: process.env['PATH'] ?? '' },
    })
    const first = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data) => resolve(String(data))),
    )
    expect(JSON.parse(first.split('\n')[0] ?? '')).toMatchObject({ index: 0 })
    child.stdout.destroy()
    const code = await new Promise((resolve) => child.on('exit', resolve))
    expect(code).toBe(0)
  })

  it('builds the command line of a config, numbers as written', async () => {
    const words = ['command', 'good.yaml', '--config', '{"lr":1.0,"bs":2}', '--json']
    const { code, stdout } = await sweep(words, { cwd })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'sweep.command/1',
      argv: ['/usr/bin/env', 'python', 'train.py', '--lr=1.0', '--bs=2'],
    })
  })

  it('refuses the command of a file that needs a program and has none', async () => {
    const { code, stderr } = await sweep(['command', 'huge.yaml', '--config', '{}'], { cwd })
    expect(code).toBe(6)
    expect(stderr).toContain('no program is given')
  })

  it('ends with 2 and a guess on a typo, without a stack trace', async () => {
    const { code, stdout, stderr } = await sweep(['valdate', 'good.yaml'], { cwd })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Did you mean "sweep validate"?')
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('ends with 5 when no server answers', async () => {
    const { code, stdout, stderr } = await sweep(['ls', '--json'], { cwd })
    expect([code, stdout]).toEqual([5, ''])
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'SERVER_UNREACHABLE' } })
  })
})
