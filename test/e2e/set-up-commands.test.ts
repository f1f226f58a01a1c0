// The commands around a server: up in the background, down, open, demo-data, completion in a real bash, and a sweep
// from `init` to its ranking.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isolatedEnvironment, repositoryRoot, startCluster, sweepCommand } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { findProcessesOf, isAlive, runCommand } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

describe('sweep down', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sweep-down-'))
    mkdirSync(join(folder, 'home'))
  })

  afterAll(async () => {
    await sweep('down', '--all')
    await waitFor('nothing of this test runs', () => findProcessesOf(folder).length === 0)
    rmSync(folder, { recursive: true, force: true })
  })

  const sweep = (...words: string[]) =>
    runCommand([...sweepCommand, ...words], { env: isolatedEnvironment(folder), cwd: folder })

  async function startDetached(data: string): Promise<{ url: string; pid: number }> {
    const result = await sweep('up', '--port', '0', '--data', join(folder, data), '--detach', '--json')
    expect(result.code, result.stderr).toBe(0)
    return JSON.parse(result.stdout) as { url: string; pid: number }
  }

  test('says that none runs, and ends with 0', async () => {
    const { code, stdout } = await sweep('down')
    expect([code, stdout]).toEqual([0, 'No controller of this user runs on this machine: nothing to do.\n'])
  })

  test('ends the one of its data folder with its Redis, waits until it is gone, and leaves others alone', async () => {
    const first = await startDetached('first')
    const second = await startDetached('second')
    const { code, stdout } = await sweep('down', '--data', join(folder, 'first'))
    expect([code, stdout]).toEqual([
      0,
      `Ended ${first.url}  (pid ${first.pid}, data ${join(folder, 'first')})\n`,
    ])
    expect([isAlive(first.pid), isAlive(second.pid)]).toEqual([false, true])
    const left = findProcessesOf(join(folder, 'first')).filter(({ command }) => command === 'redis-server')
    expect(left).toEqual([])

    const other = await sweep('down', '--data', join(folder, 'first'))
    expect(other.code).toBe(3)
    expect(other.stderr).toContain(`sweep down --data ${join(folder, 'second')}`)
    const dry = await sweep('down', '--all', '--dry-run', '--json')
    expect(JSON.parse(dry.stdout)).toMatchObject({
      schema: 'sweep.down/1',
      ended: [{ pid: second.pid }],
      dryRun: true,
    })
    expect(isAlive(second.pid)).toBe(true)
    expect((await sweep('down', '--all')).code).toBe(0)
    expect(isAlive(second.pid)).toBe(false)
  })

  test('does not end a stranger that has the number of a controller that died', async () => {
    const stranger = spawn('sleep', ['600'], {
      env: isolatedEnvironment(folder),
      cwd: folder,
      stdio: 'ignore',
    })
    try {
      const state = join(folder, 'state', 'sweep')
      const { url, pid } = await startDetached('third')
      const trace = join(state, readdirSync(state)[0] ?? '')
      const left = JSON.parse(readFileSync(trace, 'utf8')) as Record<string, unknown>
      process.kill(pid, 'SIGKILL')
      await waitFor('it is gone', () => !isAlive(pid))
      writeFileSync(
        trace,
        JSON.stringify({
          ...left,
          pid: stranger.pid,
          identity: { ...(left['identity'] as object), pid: stranger.pid },
        }),
      )
      const { code, stdout } = await sweep('down', '--data', join(folder, 'third'))
      expect([code, stdout]).toEqual([0, 'No controller of this user runs on this machine: nothing to do.\n'])
      expect(isAlive(stranger.pid ?? 0)).toBe(true)
      expect(existsSync(trace), url).toBe(false)
    } finally {
      stranger.kill('SIGKILL')
      // A killed controller leaves its Redis for its successor, which ends it.
      await startDetached('third')
      await sweep('down', '--data', join(folder, 'third'))
    }
  })
})

/** A link logs in with a ticket of its own. */
const withoutTicket = (text: string) => text.replace(/#ticket=swt_\w+/, '#TICKET')

describe('with a server', () => {
  let cluster: Cluster
  let sweeps: { id: string; name: string; state: string; counts: Record<string, number> }[]

  beforeAll(async () => {
    cluster = await startCluster()
    const answer = (await cluster.sweepJson(['demo-data', '--runs', '20'], { timeoutMs: 60_000 })) as {
      sweeps: typeof sweeps
    }
    sweeps = answer.sweeps
  })

  afterAll(async () => expect(await cluster.close()).toEqual([]))

  test('demo-data leaves sweeps in every state, the runs that were asked for, and no process', () => {
    expect(sweeps.map(({ state }) => state).sort()).toEqual([
      ...['cancelled', 'finished', 'finished', 'paused', 'running', 'stopped'],
    ])
    const total = (state: string) => sweeps.reduce((sum, { counts }) => sum + (counts[state] ?? 0), 0)
    const worked = total('finished') + total('stopped') + total('failed') + 1
    expect(worked).toBe(20)
    expect(total('running')).toBe(0)
    expect(total('cancelled')).toBeGreaterThan(0)
    const left = cluster.processes().filter(({ commandLine }) => /toy-training|sweep demo/.test(commandLine))
    expect(left).toEqual([])
  })

  test('demo-data has learning curves and a ranking, also with values that are no numbers', async () => {
    const { runs } = (await cluster.sweepJson(['best', '@last', '-n', '1'])) as {
      runs: { value: number; summary: Record<string, { steps: number }> }[]
    }
    expect(runs[0]?.value).toBeLessThan(2)
    expect(runs[0]?.summary['val_loss']?.steps).toBe(30)
    const diverged = sweeps.find(({ state }) => state === 'stopped')
    const found = await cluster.sweep(['runs', diverged?.id ?? '', '--json'])
    expect(found.stdout).toContain('"NaN"')
  })

  test('open prints the address of the server, a sweep and a run, and opens none without a display', async () => {
    const id = sweeps.at(-1)?.id ?? ''
    expect(withoutTicket((await cluster.sweep(['open'])).stdout)).toBe(`${cluster.server}/#TICKET\n`)
    const ofSweep = await cluster.sweep(['open', id.slice(0, 6)])
    expect(withoutTicket(ofSweep.stdout)).toBe(`${cluster.server}/s/${id}#TICKET\n`)
    const { runs } = (await cluster.sweepJson(['runs', id, '--limit', '1'])) as { runs: { id: string }[] }
    const run = runs[0]?.id ?? ''
    const ofRun = await cluster.sweep(['open', run, '--print'])
    expect(withoutTicket(ofRun.stdout)).toBe(`${cluster.server}/s/${id}/r/${run}#TICKET\n`)
    const missing = await cluster.sweep(['open', 'zzzzzzzz'])
    expect(missing.code).toBe(3)
  })

  test('open hands the address to the opener of the desktop when there is a display', async () => {
    const opened = join(cluster.folder, 'opened')
    mkdirSync(join(cluster.folder, 'bin'))
    writeFileSync(join(cluster.folder, 'bin', 'xdg-open'), `#!/bin/sh\nprintf %s "$1" > ${opened}\n`, {
      mode: 0o755,
    })
    const env = { DISPLAY: ':9', PATH: `${join(cluster.folder, 'bin')}:/usr/bin:/bin` }
    await cluster.sweep(['open', '--print'], { env })
    expect(existsSync(opened)).toBe(false)
    await cluster.sweep(['open'], { env })
    const read = () => (existsSync(opened) ? readFileSync(opened, 'utf8') : '')
    const link = await waitFor('the opener has run', () => read() || null)
    expect(withoutTicket(link)).toBe(`${cluster.server}/#TICKET`)
  })

  describe('completion in bash', () => {
    /** What one press of the key would offer after these words, split as bash splits them. */
    async function complete(words: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
      const script = `source <(sweep completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sweep
for one in "\${COMPREPLY[@]}"; do printf '%s\\n' "$one"; done`
      const result = await runCommand(['bash', '--norc', '-c', script, 'bash', 'sweep', ...words], {
        env: {
          ...isolatedEnvironment(cluster.folder),
          SWEEP_SERVER: cluster.server,
          SWEEP_TOKEN: cluster.token,
          // A quarter of a second is short for a machine that runs other tests: what was read stays for ten.
          PATH: `${join(repositoryRoot, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`,
          ...env,
        },
        cwd: join(cluster.folder, 'work'),
      })
      expect([result.code, result.stderr]).toEqual([0, ''])
      return result.stdout.split('\n').filter((line) => line !== '')
    }

    /** Until an answer came within its limit. */
    const completeLive = (...words: string[]) =>
      waitFor('the server answers in time', async () => {
        const found = await complete(words)
        return found.length > 0 && found
      })

    test('offers commands, flags, and the values of flags', async () => {
      expect(await complete(['va'])).toEqual(['validate'])
      expect(await complete(['create', '--se'])).toEqual(['--set', '--seed', '--server'])
      expect(await complete(['best', 'x', '--summary', ''])).toEqual(['best', 'last', 'min', 'max'])
      expect(await complete(['export', 'x', '--format', '=', 'js'])).toEqual(['json', 'jsonl'])
      expect(await complete(['--json', 'config', 'set', 'p'])).toEqual(['project'])
      expect(await complete(['help', 'exi'])).toEqual(['exit-codes'])
    })

    test('offers ids, metrics and states from the server', async () => {
      const ids = await completeLive('pause', '')
      expect(ids.sort()).toEqual(sweeps.map(({ id }) => id).sort())
      const id = sweeps[0]?.id ?? ''
      expect(await completeLive('show', id.slice(0, 4))).toContain(id)
      expect(await completeLive('runs', id, '--sort', 'val')).toEqual(['val_loss'])
      expect(await completeLive('runs', id, '-w', 'state', ':', 'fa')).toEqual(['failed'])
    })

    test('never runs or expands what comes from a server', async () => {
      const trap = join(cluster.folder, 'trap')
      const { runs } = (await cluster.sweepJson(['runs', sweeps[0]?.id ?? '', '--limit', '1'])) as {
        runs: { id: string }[]
      }
      const tag = (tags: string[]) =>
        fetch(`${cluster.server}/api/v1/runs/${runs[0]?.id}`, {
          method: 'PATCH',
          headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ tags }),
        })
      expect((await tag([`$(touch ${trap})`, '`id`', '*', 'base'])).status).toBe(200)
      const answer = await waitFor('the server answers in time', async () => {
        const { stdout } = await cluster.sweep(['complete-values', 'tags'])
        return stdout !== '' && stdout
      })
      // Besides the demo's own tags: none of those that a shell would run or expand.
      expect(answer.split('\n')).toContain('base\ttag')
      expect(answer).not.toMatch(/[$`*]/)
      expect(existsSync(trap)).toBe(false)
    })

    test('asks the server once in ten seconds, and gives up on one that does not answer', async () => {
      let requestCount = 0
      const server = createServer((request, response) => {
        requestCount++
        if (request.url?.startsWith('/api/v1/agents')) return // never answered
        response.end(
          '{"sweeps":[{"id":"k3v9r2td","name":"n","state":"running","project":"p","metric":null}]}',
        )
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      try {
        const { port } = server.address() as AddressInfo // listening on TCP
        const env = { SWEEP_SERVER: `http://127.0.0.1:${port}` }
        const ask = (source: string) => cluster.sweep(['complete-values', source], { env, timeoutMs: 10_000 })
        const read = async () => (await ask('projects')).stdout
        expect(await waitFor('it answers in time', async () => (await read()) || null)).toBe('p\tproject\n')
        const before = requestCount
        expect([await read(), requestCount]).toEqual(['p\tproject\n', before])
        expect(await ask('agents')).toMatchObject({ code: 0, stdout: '', stderr: '' })
      } finally {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    })

    test('is silent when no server answers', async () => {
      const offline = { SWEEP_SERVER: 'http://127.0.0.1:1', XDG_CACHE_HOME: join(cluster.folder, 'no-cache') }
      expect(await complete(['pause', ''], offline)).toEqual([])
    })
  })

  test('a sweep goes from init to its ranking with the script as it is', async () => {
    cluster.writeFile(
      'work/train.py',
      `import argparse, json
p = argparse.ArgumentParser()
p.add_argument('--lr', type=float, default=0.1)
p.add_argument('--batch-size', type=int, default=4)
a = p.parse_args()
print(json.dumps({"val_loss": a.lr * a.batch_size}), flush=True)
`,
    )
    expect((await cluster.sweep(['init', '--from-script', 'train.py'])).code).toBe(0)
    const run = await cluster.sweep(['run', 'sweep.yaml', '--set', 'run_cap=2', '--json'], {
      timeoutMs: 60_000,
    })
    expect(run.code, run.stderr).toBe(0)
    const { runs } = JSON.parse(run.stdout) as { runs: { value: number; config: Record<string, number> }[] }
    expect(runs).toHaveLength(2)
    expect(runs[0]?.value).toBeCloseTo((runs[0]?.config['lr'] ?? 0) * (runs[0]?.config['batch-size'] ?? 0))
  })
})
