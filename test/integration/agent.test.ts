// The agent in this process against a real Redis, real child processes and a small leader.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createProcessCgroup, findCgroups } from '../../runtime/cgroup.ts'
import { readProcessStat } from '../../runtime/process-tree.ts'
import { startTestLeader } from '../support/agent-leader.ts'
import { node, useAgentWorld } from '../support/agent-world.ts'
import { findProcessesOf } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

const probe = createProcessCgroup(`sweep-probe-${process.pid}`)
await probe?.clear(1_000)
const hasCgroups = probe !== null

const world = useAgentWorld()

/** Runs until it is ended, and tells when it has begun. */
const endless = (extra = '') => node(`${extra}; console.log('begun'); setInterval(() => {}, 1000)`)
const metricsOf = (runId: string) =>
  world.leader.bodies(runId).flatMap((body) => (body.kind === 'metrics' ? body.rows : []))

describe('a run', () => {
  it('reports its start, metrics, log and end in one gapless sequence', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, {
      runId: 'run00001',
      command: node(`console.log('{"loss":0.5,"step":3,"note":"ok"}'); console.error('bye')`),
    })
    const ended = await world.leader.waitForEnd('run00001')
    expect(ended).toMatchObject({ outcome: 'finished', exitCode: 0, signal: null, stderrTail: 'bye' })
    const bodies = world.leader.bodies('run00001')
    expect(bodies[0]).toMatchObject({ kind: 'started', slot: 0, cwd: world.folder })
    expect(bodies.at(-1)).toEqual(ended)
    expect(metricsOf('run00001')).toMatchObject([{ step: 3, metrics: { loss: 0.5 }, values: { note: 'ok' } }])
    const seqs = [...new Set(world.leader.reports.map((report) => report.seq))].sort((a, b) => a - b)
    expect(seqs).toEqual(bodies.map((_body, index) => index + 1))
    expect(world.eventsNamed('run.finished')).toMatchObject([
      { runId: 'run00001', metric: { name: 'loss', best: 0.5 } },
    ])
  })

  it('gets dotted flags for a nested parameters block, and JSON for a mapping that is a value', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, {
      runId: 'run00001',
      configText: '{"opt":{"lr":0.1},"layers":{"a":1}}',
      groups: [['opt']],
      command: [...node('console.log(process.argv.slice(1).join("\\n"))'), '--', '${args}'],
    })
    await world.leader.waitForEnd('run00001')
    const log = world.leader.bodies('run00001').flatMap((body) => (body.kind === 'log' ? [body.text] : []))
    expect(log.join('').trim().split('\n')).toEqual(['--opt.lr=0.1', '--layers={"a": 1}'])
  })

  it("gets the documented environment, and none of the agent's credentials", async () => {
    vi.stubEnv('SWEEP_TOKEN', 'secret-of-the-agent')
    const agent = await world.start()
    await world.leader.offer(agent.agentId, {
      runId: 'run00001',
      command: node(`require('fs').writeFileSync('env.json', JSON.stringify({
        env: process.env, config: require('fs').readFileSync(process.env.SWEEP_CONFIG_FILE, 'utf8'),
        checkpoint: require('fs').existsSync(process.env.SWEEP_CHECKPOINT_DIR), cwd: process.cwd(), ppid: process.ppid }))`),
    })
    await world.leader.waitForEnd('run00001')
    const seen = JSON.parse(readFileSync(join(world.folder, 'env.json'), 'utf8')) as {
      env: Record<string, string>
      config: string
    }
    expect(seen).toMatchObject({ checkpoint: true, cwd: world.folder, ppid: process.pid })
    expect(seen.config.trim()).toBe('{"lr":0.1}')
    expect(seen.env).toMatchObject({
      SWEEP_ID: 'swp10000',
      SWEEP_RUN_ID: 'run00001',
      SWEEP_ATTEMPT: '1',
      SWEEP_SEED: '7',
      SWEEP_COOKIE: `${agent.agentId}.run00001-1`,
      SWEEP_CHECKPOINT_DIR: join(world.folder, 'checkpoints', 'run00001'),
      WANDB_SWEEP_ID: 'swp10000',
      WANDB_RUN_ID: 'run00001',
      WANDB_DIR: world.folder,
      WANDB_SWEEP_PARAM_PATH: join(world.folder, 'wandb/sweep-swp10000/config-run00001.yaml'),
    })
    expect(seen.env).not.toHaveProperty('SWEEP_TOKEN')
    expect(existsSync(seen.env['WANDB_SWEEP_PARAM_PATH'] ?? '')).toBe(true)
  })

  it('may report by file and by HTTP, and each key counts from its first source only', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, {
      runId: 'run00001',
      command: node(`
        const { SWEEP_REPORT_URL: url, SWEEP_RUN_TOKEN: token, SWEEP_METRICS_FILE: file } = process.env
        const post = (body) => fetch(url, { method: 'POST', body, headers: { authorization: 'Bearer ' + token } })
        ;(async () => {
          const ok = await post('{"loss": NaN, "step": 1}')
          const bad = await fetch(url, { method: 'POST', body: '{"loss":9}', headers: { authorization: 'Bearer no' } })
          console.log(JSON.stringify({ loss: 5, acc: 0.9, step: 1 }))
          require('fs').appendFileSync(file, '{"f1": 0.7, "step": 2}')
          console.error(ok.status, bad.status)
        })()`),
    })
    const ended = await world.leader.waitForEnd('run00001')
    expect(ended.stderrTail).toBe('204 401')
    const seen = Object.fromEntries(metricsOf('run00001').flatMap((row) => Object.entries(row.metrics)))
    expect(seen).toEqual({ loss: 'NaN', acc: 0.9, f1: 0.7 })
    expect(world.leader.bodies('run00001')).toContainEqual(
      expect.objectContaining({ kind: 'notice', code: 'copy_dropped' }),
    )
  })

  it.each([
    [
      'exit code 3',
      'process.exit(3)',
      { outcome: 'failed', exitCode: 3, signal: null, reason: 'exit code 3' },
    ],
    [
      'killed by SIGKILL',
      "process.kill(process.pid, 'SIGKILL')",
      { outcome: 'failed', exitCode: null, signal: 'SIGKILL', reason: 'killed by SIGKILL' },
    ],
  ])('fails with %s', async (_name, script, expected) => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: node(script) })
    expect(await world.leader.waitForEnd('run00001')).toMatchObject(expected)
  })

  it('fails in words when its command does not exist or may not be executed, and the agent goes on', async () => {
    const agent = await world.start()
    const script = join(world.folder, 'not-executable.sh')
    writeFileSync(script, 'echo hello', { mode: 0o600 })
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: ['no-such-command-anywhere'] })
    await world.leader.offer(agent.agentId, { runId: 'run00002', command: [script] })
    await world.leader.offer(agent.agentId, { runId: 'run00003' })
    const missing = await world.leader.waitForEnd('run00001')
    expect(missing).toMatchObject({ outcome: 'failed', exitCode: null })
    expect(missing.reason).toMatch(/no-such-command-anywhere.*not on the PATH.*Install it/)
    expect(world.leader.bodies('run00001')[0]).toMatchObject({ kind: 'started', pid: null })
    expect((await world.leader.waitForEnd('run00002')).reason).toMatch(/not executable.*chmod/)
    expect(await world.leader.waitForEnd('run00003')).toMatchObject({ outcome: 'finished' })
  })

  it('leaves nothing behind: background children, other sessions and those that ignore SIGTERM are killed', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, {
      runId: 'run00001',
      command: [
        'sh',
        '-c',
        `trap '' TERM; sleep 1001 & setsid sleep 1002 & (trap '' TERM HUP; setsid sh -c 'sleep 1003' &) ; env -i sleep 1004 & exit 0`,
      ],
    })
    await world.leader.waitForEnd('run00001')
    await waitFor('the next run starts in the freed slot', async () => {
      if (world.leader.bodies('run00002').length === 0)
        await world.leader.offer(agent.agentId, { runId: 'run00002', attempt: 1 })
      return world.leader.ended('run00002')
    })
    const left = findProcessesOf(world.folder).filter((found) => found.commandLine.startsWith('sleep'))
    expect(left).toEqual([])
  })

  it.skipIf(!hasCgroups)(
    'kills what left its session and its environment behind, by the control group of the run',
    async () => {
      const agent = await world.start()
      const file = join(world.folder, 'daemon.pid')
      // The leader lives on a little, as trainings do: its daemon is started from inside of the group.
      const script = `sleep 0.3; (env -i setsid sh -c 'echo $$ > ${file}; exec sleep 1005' &); sleep 0.3`
      await world.leader.offer(agent.agentId, { runId: 'run00001', command: ['sh', '-c', script] })
      expect(await world.leader.waitForEnd('run00001')).toMatchObject({ outcome: 'finished' })
      const daemon = Number(readFileSync(file, 'utf8'))
      expect(readProcessStat(daemon)?.state ?? 'gone').toMatch(/Z|gone/)
      expect(findCgroups(`sweep-${agent.agentId}-`)).toEqual([])
    },
  )

  it('survives binary rubbish, a 10 MB line and 100 MB of log, while beats go on', async () => {
    const agent = await world.start()
    const before = process.memoryUsage().rss
    await world.leader.offer(agent.agentId, {
      runId: 'run00001',
      command: node(`
        const fs = require('fs')
        fs.writeSync(1, Buffer.from([0, 255, 254, 10]))
        const write = (text) => { for (let b = Buffer.from(text), at = 0; at < b.length; ) { try { at += fs.writeSync(1, b, at) } catch {} } }
        write('{"a":' + '1'.repeat(10e6) + '}\\n')
        const line = 'x'.repeat(99) + '\\n'
        const block = line.repeat(10000)
        for (let i = 0; i < 100; i++) write(block)
        write('{"loss":0.25}\\nlast words\\n')`),
    })
    await world.leader.waitForEnd('run00001', 1, 40_000)
    const logs = world.leader.bodies('run00001').flatMap((body) => (body.kind === 'log' ? [body.text] : []))
    expect(logs.join('').length).toBeLessThan(4.3 * 1024 * 1024)
    expect(logs.at(-1)).toMatch(/last words\n$/)
    expect(world.leader.bodies('run00001')).toContainEqual(expect.objectContaining({ code: 'log_truncated' }))
    expect(world.leader.bodies('run00001')).toContainEqual(expect.objectContaining({ code: 'line_too_long' }))
    expect(metricsOf('run00001')).toMatchObject([{ metrics: { loss: 0.25 } }])
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
  })
})

describe('jobs', () => {
  it('starts an attempt once, however often its job comes', async () => {
    const agent = await world.start()
    const command = node(`require('fs').appendFileSync('ledger', process.env.SWEEP_ATTEMPT + '\\n')`)
    const job = await world.leader.offer(agent.agentId, { runId: 'run00001', command })
    await world.leader.waitForEnd('run00001')
    await world.leader.offer(agent.agentId, job)
    await world.leader.offer(agent.agentId, { runId: 'run00001', attempt: 2, command })
    await world.leader.waitForEnd('run00001', 2)
    await world.leader.offer(agent.agentId, { ...job, attempt: 1 })
    await world.leader.offer(agent.agentId, { runId: 'run00002' })
    await world.leader.waitForEnd('run00002')
    expect(readFileSync(join(world.folder, 'ledger'), 'utf8')).toBe('1\n2\n')
    await waitFor(
      'no job is left',
      async () => (await world.leader.queueOf(agent.agentId).getJobCountByTypes()) === 0,
    )
  })

  it('ends a lower attempt before it starts a higher one of the same run', async () => {
    const agent = await world.start({ slots: 2 })
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: endless() })
    await world.begun('run00001')
    await world.leader.offer(agent.agentId, { runId: 'run00001', attempt: 2 })
    expect(await world.leader.waitForEnd('run00001', 2)).toMatchObject({ outcome: 'finished' })
    expect(world.leader.ended('run00001', 1)).toBeUndefined()
    expect(world.eventsNamed('run.disowned')).toMatchObject([
      { runId: 'run00001', attempt: 1, verdict: 'superseded' },
    ])
  })

  it('uses all its slots at one time and lists exactly what it holds', async () => {
    const agent = await world.start({ slots: 2 })
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: endless() })
    await world.leader.offer(agent.agentId, { runId: 'run00002', command: endless() })
    await Promise.all([world.begun('run00001'), world.begun('run00002')])
    const beat = await waitFor('a beat lists both as running', () => {
      const newest = world.leader.beats.at(-1)
      return newest?.attempts.filter((held) => held.state === 'running').length === 2 ? newest : null
    })
    expect(beat).toMatchObject({ capacity: 2, freeSlots: 0, leaving: false })
    expect(world.leader.beats.map((heard) => heard.number)).toEqual(
      world.leader.beats.map((_heard, index) => index + 1),
    )
  })

  it('leaves with 0 after --count runs', async () => {
    const agent = await world.start({ slots: 2, count: 1 })
    await waitFor('the first beat', () => world.leader.beats.length > 0)
    expect(world.leader.beats[0]?.capacity).toBe(1)
    await world.leader.offer(agent.agentId, { runId: 'run00001' })
    expect(await agent.done).toBe(0)
    expect(world.leader.ended('run00001')).toMatchObject({ outcome: 'finished' })
    expect(world.leader.beats.at(-1)).toMatchObject({ leaving: true, capacity: 0, attempts: [] })
  })
})

describe('an agent with --count', () => {
  it('refuses what was offered beyond it, and starts nothing of it', async () => {
    const agent = await world.start({ slots: 2, count: 1 })
    await world.leader.offer(agent.agentId, { runId: 'run00001' })
    await world.leader.offer(agent.agentId, { runId: 'run00002' })
    expect(await agent.done).toBe(0)
    expect(world.leader.ended('run00001')).toMatchObject({ outcome: 'finished' })
    expect(world.leader.ended('run00002')).toMatchObject({ outcome: 'recalled' })
    expect(
      world.leader.reports.filter(({ runId, body }) => runId === 'run00002' && body.kind === 'started'),
    ).toEqual([])
  })
})

describe('time-outs', () => {
  it('a run that takes too long has failed, whatever its exit code, and says why', async () => {
    const agent = await world.start()
    const command = endless(`process.on('SIGTERM', () => process.exit(0))`)
    await world.leader.offer(agent.agentId, { runId: 'run00001', command, runTimeoutMs: 1_500 })
    expect(await world.leader.waitForEnd('run00001')).toMatchObject({
      outcome: 'failed',
      reason: 'run_timeout: it ran for 2s',
    })
  })

  it('a run that reports no metric for too long has failed; each metric gives it time', async () => {
    const agent = await world.start({ slots: 2 })
    const limits = { runTimeoutMs: null, noMetricTimeoutMs: 1_500 }
    const silent = endless()
    const talking = node(
      `let n = 0; setInterval(() => { console.log(JSON.stringify({ loss: n })); if (++n === 5) process.exit(0) }, 600)`,
    )
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: silent, ...limits })
    await world.leader.offer(agent.agentId, { runId: 'run00002', command: talking, ...limits })
    expect(await world.leader.waitForEnd('run00001')).toMatchObject({
      outcome: 'failed',
      reason: 'no_metric_timeout: it reported no metric for 2s',
    })
    expect(await world.leader.waitForEnd('run00002')).toMatchObject({ outcome: 'finished' })
  })
})

describe('requests to end', () => {
  it.each([
    ['early', 'stopped'],
    ['cancel', 'cancelled'],
  ] as const)('a stop (%s) names the end %s, whatever the exit code', async (how, outcome) => {
    const agent = await world.start()
    const catching = `process.on('SIGTERM', () => { require('fs').copyFileSync(process.env.SWEEP_CONTROL_FILE, 'seen.json'); process.exit(0) })`
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: endless(catching) })
    await world.begun('run00001')
    await world.leader.command(agent.agentId, {
      type: 'stop',
      runId: 'run00001',
      attempt: 1,
      how,
      reason: 'because',
    })
    expect(await world.leader.waitForEnd('run00001')).toMatchObject({
      outcome,
      exitCode: 0,
      reason: 'because',
    })
    expect(JSON.parse(readFileSync(join(world.folder, 'seen.json'), 'utf8'))).toEqual({
      stop: how,
      reason: 'because',
    })
  })

  it('SIGKILL follows after the grace time', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, {
      runId: 'run00001',
      graceMs: 300,
      command: endless(`process.on('SIGTERM', () => {})`),
    })
    await world.begun('run00001')
    const stop = { type: 'stop', runId: 'run00001', attempt: 1, how: 'cancel', reason: 'now' } as const
    await world.leader.command(agent.agentId, stop)
    expect(await world.leader.waitForEnd('run00001')).toMatchObject({
      outcome: 'cancelled',
      signal: 'SIGKILL',
    })
  })

  it('a stop that comes before its job is answered as ended, and the attempt never starts', async () => {
    const agent = await world.start()
    const command = node(`require('fs').writeFileSync('started', '')`)
    const stop = {
      type: 'stop',
      runId: 'run00001',
      attempt: 1,
      how: 'cancel',
      reason: 'changed my mind',
    } as const
    await world.leader.command(agent.agentId, stop)
    await world.leader.command(agent.agentId, { ...stop, runId: 'run00009' })
    await waitFor('both stops are taken', async () => {
      return readFileSync(findJournal(), 'utf8').includes('run00009')
    })
    await world.leader.offer(agent.agentId, { runId: 'run00001', command })
    expect(await world.leader.waitForEnd('run00001')).toMatchObject({
      outcome: 'cancelled',
      reason: 'changed my mind',
    })
    expect(world.leader.bodies('run00001')).toHaveLength(1)
    expect(existsSync(join(world.folder, 'started'))).toBe(false)
  })

  it('a disowned attempt is ended and nothing more of it is sent', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: endless() })
    await world.begun('run00001')
    await world.leader.command(agent.agentId, {
      type: 'disowned',
      runId: 'run00001',
      attempt: 1,
      verdict: 'superseded',
    })
    await world.leader.offer(agent.agentId, { runId: 'run00002' })
    await world.leader.waitForEnd('run00002')
    expect(world.leader.ended('run00001')).toBeUndefined()
    await waitFor('a beat without it', () => world.leader.beats.at(-1)?.attempts.length === 0)
  })
})

describe('leaving', () => {
  it('Ctrl-C once lets the run finish and leaves with 0', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, {
      runId: 'run00001',
      command: node(
        `console.log('begun'); const i = setInterval(() => require('fs').existsSync('go') && process.exit(0), 20)`,
      ),
    })
    await world.begun('run00001')
    agent.interrupt()
    await waitFor('a beat with capacity 0', () => world.leader.beats.at(-1)?.capacity === 0)
    writeFileSync(join(world.folder, 'go'), '')
    expect(await agent.done).toBe(0)
    expect(world.leader.ended('run00001')).toMatchObject({ outcome: 'finished' })
    expect(world.eventsNamed('agent.draining')).toMatchObject([
      { heldCount: 1, next: expect.stringContaining('Ctrl-C') },
    ])
  })

  it('Ctrl-C twice hands the run back and leaves with 75', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: endless() })
    await world.begun('run00001')
    agent.interrupt()
    agent.interrupt()
    expect(await agent.done).toBe(75)
    expect(world.leader.ended('run00001')).toMatchObject({ outcome: 'preempted', signal: 'SIGTERM' })
    expect(world.leader.beats.at(-1)).toMatchObject({ leaving: true, attempts: [] })
  })

  it('Ctrl-C three times kills the run and leaves with 130', async () => {
    const agent = await world.start()
    const ignoring = endless(`process.on('SIGTERM', () => {})`)
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: ignoring, graceMs: 60_000 })
    await world.begun('run00001')
    for (let press = 0; press < 3; press++) agent.interrupt()
    expect(await agent.done).toBe(130)
    expect(await world.leader.waitForEnd('run00001')).toMatchObject({
      outcome: 'preempted',
      signal: 'SIGKILL',
    })
  })

  it('one press more does not wait for a controller that stores nothing; the journal keeps the end', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: endless() })
    await world.begun('run00001')
    world.leader.storesReports = false
    agent.terminate()
    await waitFor('the run has ended', () => world.eventsNamed('run.preempted').length === 1)
    const pressedAt = performance.now()
    agent.terminate()
    expect(await agent.done).toBe(75)
    expect(performance.now() - pressedAt).toBeLessThan(4_000) // unasked, it waits 5 s for an answer
    expect(world.eventsNamed('agent.left')).toMatchObject([
      { exitCode: 75, unstoredCount: expect.any(Number) },
    ])
  })

  it('SIGTERM hands back (75), a second one kills (143)', async () => {
    const first = await world.start()
    await world.leader.offer(first.agentId, { runId: 'run00001', command: endless() })
    await world.begun('run00001')
    first.terminate()
    expect(await first.done).toBe(75)
    const second = await world.start()
    const ignoring = endless(`process.on('SIGTERM', () => {})`)
    await world.leader.offer(second.agentId, { runId: 'run00002', command: ignoring, graceMs: 60_000 })
    await world.begun('run00002')
    second.terminate()
    second.terminate()
    expect(await second.done).toBe(143)
  })

  it.each([
    ['done', 0],
    ['told', 21],
  ] as const)('leaves when the leader says so (%s)', async (why, exitCode) => {
    const agent = await world.start()
    await world.leader.command(agent.agentId, { type: 'leave', why, reason: 'test' })
    expect(await agent.done).toBe(exitCode)
  })

  it('leaves with 20 when runs keep failing here, and says how others fare', async () => {
    const agent = await world.start()
    const reason = '3 of its last 3 runs failed. On other agents 41 of 43 did not.'
    await world.leader.command(agent.agentId, { type: 'leave', why: 'told', reason, hasGivenUp: true })
    expect(await agent.done).toBe(20)
    expect(world.eventsNamed('agent.gave_up')).toMatchObject([{ reason }])
  })

  it('works on when the order to leave is taken back, and not when it was asked here too', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: endless() })
    await world.begun('run00001')
    await world.leader.command(agent.agentId, { type: 'leave', why: 'told', reason: 'drained' })
    await waitFor('a beat with capacity 0', () => world.leader.beats.at(-1)?.capacity === 0)
    await world.leader.command(agent.agentId, { type: 'stay' })
    await waitFor('a beat with capacity 1', () => world.leader.beats.at(-1)?.capacity === 1)
    agent.interrupt()
    await waitFor('a beat with capacity 0', () => world.leader.beats.at(-1)?.capacity === 0)
    await world.leader.command(agent.agentId, { type: 'stay' })
    agent.interrupt()
    expect(await agent.done).toBe(75)
  })

  it('leaves with 0 after --idle-exit without a run', async () => {
    const agent = await world.start({ idleExitMs: 700 })
    await world.leader.offer(agent.agentId, {
      runId: 'run00001',
      command: node('setTimeout(() => {}, 1000)'),
    })
    expect(await agent.done).toBe(0)
    expect(world.leader.ended('run00001')).toMatchObject({ outcome: 'finished' })
    expect(world.eventsNamed('agent.draining')).toMatchObject([{ reason: 'there was nothing to do' }])
  })

  it('with --forever does not leave when its sweeps are over, but when it is told to', async () => {
    const agent = await world.start({ staysForever: true })
    await world.leader.command(agent.agentId, { type: 'leave', why: 'done', reason: 'sweep finished' })
    await world.leader.command(agent.agentId, { type: 'leave', why: 'done', reason: 'sweep finished' })
    await world.leader.offer(agent.agentId, { runId: 'run00001' })
    expect(await world.leader.waitForEnd('run00001')).toMatchObject({ outcome: 'finished' })
    expect(world.eventsNamed('agent.notice')).toMatchObject([{ code: 'waiting' }])
    await world.leader.command(agent.agentId, { type: 'leave', why: 'told', reason: 'drained' })
    expect(await agent.done).toBe(21)
  })

  it('with --max-time takes no run that would not fit, and hands back what runs when the time is over', async () => {
    const agent = await world.start({ maxTimeMs: 3_000 })
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: endless() })
    await world.begun('run00001')
    expect(await agent.done).toBe(75)
    expect(world.leader.ended('run00001')).toMatchObject({ outcome: 'preempted' })
    const short = await world.start({ maxTimeMs: 6_000 })
    await world.leader.offer(short.agentId, {
      runId: 'run00002',
      command: node('setTimeout(() => {}, 3200)'),
    })
    expect(await short.done).toBe(0)
    expect(world.leader.ended('run00002')).toMatchObject({ outcome: 'finished' })
    expect(world.eventsNamed('agent.draining').at(-1)).toMatchObject({
      reason: expect.stringContaining('would not end in the time left'),
    })
  })

  it('refuses a job that comes while it drains, so that the run goes elsewhere', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: endless() })
    await world.begun('run00001')
    agent.interrupt()
    await world.leader.offer(agent.agentId, { runId: 'run00002' })
    expect(await world.leader.waitForEnd('run00002')).toMatchObject({ outcome: 'recalled' })
    agent.interrupt()
    await agent.done
  })
})

describe('when the controller or Redis is away', () => {
  it('sends everything again until it is stored', async () => {
    world.leader.storesReports = false
    const agent = await world.start()
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: node(`console.log('{"loss":1}')`) })
    await world.leader.waitForEnd('run00001')
    await waitFor(
      'a beat with the attempt',
      () => world.leader.beats.at(-1)?.attempts[0]?.runId === 'run00001',
    )
    world.leader.storesReports = true
    await waitFor('a beat without the attempt', () => world.leader.beats.at(-1)?.attempts.length === 0, {
      timeoutMs: 20_000,
    })
  }, 40_000)

  it('sends everything again at once on a new stream', async () => {
    world.leader.storesReports = false
    const agent = await world.start()
    await world.leader.offer(agent.agentId, { runId: 'run00001' })
    await world.leader.waitForEnd('run00001')
    const sentBefore = world.leader.reports.length
    await world.redis.client.del(`${world.leader.queueOf(agent.agentId).opts.prefix}:reports`)
    world.leader.storesReports = true
    await world.leader.setGeneration('second')
    await waitFor('the reports come again', () => world.leader.reports.length > sentBefore, {
      timeoutMs: 4_000,
    })
    await waitFor('and are stored', () => world.leader.beats.at(-1)?.attempts.length === 0)
  })

  it('trains on while Redis is dead, and everything arrives afterwards', async () => {
    const agent = await world.start()
    await world.leader.offer(agent.agentId, {
      runId: 'run00001',
      command: node(`console.log('begun'); let n = 0
        setInterval(() => { console.log(JSON.stringify({ loss: 1 / ++n })); if (require('fs').existsSync('go')) process.exit(0) }, 20)`),
    })
    await world.begun('run00001')
    await world.redis.kill()
    writeFileSync(join(world.folder, 'go'), '')
    await waitFor('the run finishes without Redis', () => world.eventsNamed('run.finished').length === 1)
    await world.redis.restart()
    await world.redis.client.call('ACL', 'SETUSER', 'agent', 'on', 'nopass', '~*', '&*', '+@all')
    await world.leader.setGeneration('after the crash')
    expect(await world.leader.waitForEnd('run00001')).toMatchObject({ outcome: 'finished' })
    const steps = metricsOf('run00001').map((row) => row.step)
    expect(steps).toEqual(steps.map((_step, index) => index))
    await world.leader.offer(agent.agentId, { runId: 'run00002' })
    expect(await world.leader.waitForEnd('run00002')).toMatchObject({ outcome: 'finished' })
  })
})

describe('registration', () => {
  it('keeps its id in its folder, and gives each process a folder of its own', async () => {
    const [first, second] = [await world.start(), await world.start()]
    expect(first.agentId).not.toBe(second.agentId)
    first.interrupt()
    await first.done
    const third = await world.start()
    expect(third.agentId).toBe(first.agentId)
    const [one, , three] = world.leader.registrations
    expect(three).toMatchObject({ agentId: first.agentId, agentKey: one?.agentKey })
    expect(three?.incarnation).toBeGreaterThan(one?.incarnation ?? Infinity)
  })

  it('registers again, with the same id, when the leader asks', async () => {
    const agent = await world.start()
    await world.leader.command(agent.agentId, { type: 'register' })
    await waitFor('the second registration', () => world.leader.registrations.length === 2)
    expect(world.leader.registrations[1]).toMatchObject({ agentId: agent.agentId })
  })

  it('throws what the server said', async () => {
    const body = {
      error: { code: 'NOT_FOUND', message: 'no sweep "swp10000"', hint: 'Did you mean swp10001?' },
    }
    const refusing = await startTestLeader(world.redis, { refusal: { status: 404, body } })
    onTestFinished(() => refusing.close())
    await expect(world.start({ server: refusing.server })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'no sweep "swp10000"',
      hint: 'Did you mean swp10001?',
    })
  })

  it('says that nobody is there', async () => {
    const gone = await startTestLeader(world.redis)
    await gone.close()
    await expect(world.start({ server: gone.server })).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringContaining('connection refused'),
    })
  })
})

function findJournal(): string {
  const machine = join(world.folder, 'agents', readdirSync(join(world.folder, 'agents'))[0] ?? '')
  return join(machine, '1', 'journal.jsonl')
}
