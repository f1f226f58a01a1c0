import { describe, expect, it } from 'vitest'
import { createAgentBoard, eventAsKeyValue, eventAsLine } from '../../../cli/agent-events.ts'
import { renderAgents } from '../../../cli/commands/agents.ts'
import { renderSweeps } from '../../../cli/commands/ls.ts'
import { renderSweep } from '../../../cli/commands/show.ts'
import { configAsArguments, configAsEnvironment, configAsYaml } from '../../../cli/config-output.ts'
import { formatDuration, parseDuration } from '../../../cli/durations.ts'
import { renderRanking } from '../../../cli/ranking-text.ts'
import { statusLine } from '../../../cli/run-progress.ts'
import { formatClockTime } from '../../../cli/durations.ts'
import { trainingWords } from '../../../cli/shell-words.ts'
import { createPaint, decideColor, printable } from '../../../cli/terminal.ts'
import { renderValidation } from '../../../cli/validation-text.ts'
import { describeSweepFile } from '../../../sweeps/describe-sweep-file.ts'
import { runJson, sweepJson } from './cli-world.ts'

const plain = createPaint(false)

describe('a sweep', () => {
  it('is shown with the advice to stop, where there is one', () => {
    const advice = { reason: 'what is left to gain is less than the noise of a measurement', proposals: 6 }
    expect(renderSweep({ sweep: sweepJson(), advice }).join('\n')).toContain(`stop? ${advice.reason}`)
    expect(renderSweep({ sweep: sweepJson() }).join('\n')).not.toContain('advice')
  })
})

describe('the ranking', () => {
  const best = {
    sweep: { id: 'k3v9r2td', name: 'vit-small lr', metric: { name: 'val_loss', goal: 'minimize' as const } },
    runs: [
      runJson(),
      runJson({
        rank: 2,
        id: 'r5t0wbbb',
        value: 0.2823,
        configText: '{"lr":8.1e-4,"bs":64}',
        state: 'stopped',
      }),
    ],
    notCounted: { running: 6, nan: 2 },
  }

  it('has one line per run: rank first, then the id', () => {
    const lines = renderRanking(best, sweepJson(), {
      paint: plain,
      width: null,
      trainingWords: 'python3 train.py',
    })
    expect(lines).toEqual([
      'vit-small lr · minimize val_loss (lowest value seen) · 118 finished of 200',
      '',
      '  #  run       val_loss  params                    took',
      '  1  q8x2m4kd  0.2814    lr=0.00073 bs=64 wd=1.0  7m41s',
      '  2  r5t0wbbb  0.2823    lr=0.00081 bs=64         7m41s  ⊣ stopped early',
      'Not counted: 6 running, 2 with NaN.',
      'Train it again:  python3 train.py $(sweep best k3v9r2td --args)',
    ])
  })

  it('names the metric that runs did not report, and where to look', () => {
    const none = { ...best, runs: [], notCounted: { noMetric: 2 } }
    const lines = renderRanking(none, sweepJson(), { paint: plain, width: null, trainingWords: null })
    expect(lines.slice(1)).toEqual([
      'Not counted: 2 without the metric.',
      '! 2 runs ended without the metric "val_loss".',
      '  What a run did report:  sweep show RUN      How to report:  sweep help reporting',
    ])
  })

  it('cuts only on a terminal', () => {
    const configText = `{"note":"${'x'.repeat(100)}"}`
    const long = { ...best, runs: [runJson({ configText, value: 0.123456789 })] }
    const onTerminal = renderRanking(long, sweepJson(), { paint: plain, width: 60, trainingWords: null })
    const piped = renderRanking(long, sweepJson(), { paint: plain, width: null, trainingWords: null })
    expect(onTerminal.slice(2, 4).every((line) => line.length <= 60)).toBe(true)
    expect(onTerminal[3]).toContain('0.12346')
    expect(piped[3]).toContain('x'.repeat(100))
    expect(piped[3]).toContain('0.123456789')
  })

  it('gives a running run no place', () => {
    const running = { ...best, runs: [runJson({ rank: null, state: 'running', finishedAt: null })] }
    const lines = renderRanking(running, sweepJson(), { paint: plain, width: null, trainingWords: null })
    expect(lines[3]).toMatch(/^ {2}~ {2}q8x2m4kd {2}0\.2814\? /)
  })
})

describe('the words before the arguments of a training', () => {
  it.each([
    [['${env}', '${interpreter}', '${program}', '${args}'], 'python train.py'],
    [['python3', '-u', '${program}', '${args}'], 'python3 -u train.py'],
    [['./my trainer', '${args}'], "'./my trainer'"],
    [['python3', '${program}', '${args}', '--last'], null],
    [['python3', '${program}', '${args_json}'], null],
    [['${envvar:PYTHON}', '${program}', '${args}'], null],
  ])('of %j are %j', (command, words) => {
    expect(trainingWords(command, 'train.py')).toBe(words)
  })

  it('are none without a program', () => {
    expect(trainingWords(['python3', '${program}', '${args}'], null)).toBeNull()
  })
})

describe('lists', () => {
  it('shows a sweep per line', () => {
    const sweeps = [
      sweepJson(),
      sweepJson({ id: 'z7h2p4nc', name: 'grid', state: 'finished', best: null, runCap: null, size: 96 }),
    ]
    const agents = [
      { state: 'alive' as const, sweepIds: ['k3v9r2td'] },
      { state: 'lost' as const, sweepIds: ['k3v9r2td'] },
    ]
    expect(renderSweeps(sweeps, agents, Date.parse('2026-11-20T14:00:00Z'), null)).toEqual([
      '  sweep     name          state       best             runs     agents  age',
      '  k3v9r2td  vit-small lr  ● running   val_loss 0.2814  118/200  1/2     6h',
      '  z7h2p4nc  grid          ✓ finished  –                118/96   –       6h',
    ])
  })

  it('shows an agent per line', () => {
    const agent = {
      id: 'a7fq2mbb',
      host: 'gpu-04',
      state: 'alive' as const,
      slots: 8,
      busy: 8,
      sweepIds: ['k3v9r2td'],
      labels: {},
      lastSeenAt: '2026-11-20T14:00:00.000Z',
      silentMs: 2000,
      suspect: false,
      runs: { finished: 31, failed: 1 },
      now: ['q8x2m4kd', 'r5t0wbbb'],
    }
    expect(
      renderAgents([agent, { ...agent, id: 'c9r3vtbb', state: 'lost', silentMs: 180_000 }], null),
    ).toEqual([
      '  agent     host    slots  gpu util  runs ok/fail  now          last seen',
      '  a7fq2mbb  gpu-04  8/8    -         31/1          2 runs       2s',
      '  c9r3vtbb  gpu-04  8/8    -         31/1          lost 3m ago  3m',
    ])
  })
})

describe('what an agent tells', () => {
  const time = '2026-11-20T14:09:52.123Z'
  const clock = formatClockTime(Date.parse(time))
  const ended = {
    runId: 'q8x2m4kd',
    attempt: 1,
    slot: 0,
    time,
    signal: null,
    reason: null,
    durationMs: 461_000,
  }
  const metric = { name: 'val_loss', best: 0.2814, last: 0.3 }

  it('is one line of key=value through a pipe', () => {
    expect(eventAsKeyValue({ ...ended, event: 'run.finished', exitCode: 0, metric })).toBe(
      '2026-11-20T14:09:52Z finished run=q8x2m4kd attempt=1 val_loss=0.2814 secs=461',
    )
    expect(
      eventAsKeyValue({
        ...ended,
        event: 'run.failed',
        exitCode: 1,
        stderrLastLine: 'CUDA out of memory',
        metric: null,
      }),
    ).toBe('2026-11-20T14:09:52Z failed run=q8x2m4kd attempt=1 exit=1 secs=461 stderr="CUDA out of memory"')
    expect(
      eventAsKeyValue({ event: 'run.metric', time, runId: 'q8x2m4kd', name: 'loss', value: 1 }),
    ).toBeNull()
  })

  it('reads as a sentence on a terminal', () => {
    const started = {
      event: 'run.started',
      time,
      runId: 'q8x2m4kd',
      slot: 0,
      gpus: '0',
      configText: '{"lr":0.00073,"bs":64}',
    }
    expect(eventAsLine(started, plain)).toBe(`${clock}  started    q8x2m4kd  gpu0  lr=0.00073 bs=64`)
    expect(eventAsLine({ ...ended, event: 'run.finished', exitCode: 0, metric }, plain)).toBe(
      `${clock}  finished   q8x2m4kd  val_loss 0.2814  7m41s`,
    )
    expect(
      eventAsLine(
        { ...ended, event: 'run.failed', exitCode: 1, durationMs: 12_000, stderrLastLine: 'no memory' },
        plain,
      ),
    ).toBe(`${clock}  failed     q8x2m4kd  exit 1  12s  no memory  sweep logs q8x2m4kd`)
  })

  it('says what a press of Ctrl-C did and what the next one does', () => {
    const draining = {
      event: 'agent.draining',
      time,
      reason: 'Ctrl-C',
      heldCount: 2,
      next: 'Press Ctrl-C again to end the runs.',
    }
    expect(eventAsLine(draining, plain)).toBe(
      `${clock}  No new runs (Ctrl-C), 2 runs going on.  Press Ctrl-C again to end the runs.`,
    )
  })

  it('counts in the block below', () => {
    const board = createAgentBoard(2)
    board.note({ event: 'run.started', time, runId: 'a', slot: 1 })
    board.note({ event: 'run.started', time, runId: 'b', slot: 0 })
    board.note({ event: 'run.metric', time, runId: 'a', name: 'loss', value: 0.5, step: 7 })
    board.note({ ...ended, event: 'run.finished', runId: 'b' })
    expect(board.lines(Date.parse(time) + 192_000, 80).slice(1)).toEqual([
      ' 1 busy of 2 · 1 done · 0 failed      ^C: finish these, then leave',
      ' slot1 a   3m12s  step 7  loss 0.5',
    ])
  })
})

describe('the status of sweep run', () => {
  it('estimates only from three ended runs on', () => {
    const counts = { queued: 0, running: 2, finished: 2, stopped: 0, failed: 0, cancelled: 0, lost: 0 }
    const sweep = sweepJson({ counts, runCap: 12, best: null })
    expect(statusLine(sweep, 30_000)).toBe('● running  2/12 done · 2 running')
    const more = sweepJson({ counts: { ...counts, finished: 3 }, runCap: 12, best: null })
    expect(statusLine(more, 30_000)).toBe('● running  3/12 done · 2 running · about 1m30s left')
  })
})

describe('a validation', () => {
  const text = [
    'program: train.py',
    'method: random',
    'metric: {name: val_loss, goal: minimize}',
    'run_cap: 200',
    'parameters:',
    '  lr: {distribution: log_uniform_values, min: 0.00001, max: 0.1}',
    '  bs: {values: [32, 64, 128]}',
    'command: [python, "${program}", "${args}"]',
  ].join('\n')

  it('says what the file means, with command lines', () => {
    const described = describeSweepFile(text, { sampleCount: 1, seed: 1, showCommands: true })
    const lines = renderValidation({ name: 'config.yaml', text }, described, {
      paint: plain,
      hasColor: false,
    })
    expect(lines[0]).toBe('✓ config.yaml   method random · minimize val_loss · 2 parameters · run_cap 200')
    expect(lines[1]).toMatch(/^ {2}space {6}bs \{32,64,128\} · lr log 1e-5\.\./)
    expect(lines[2]).toBe('  size       continuous (no grid size); discrete part has 3 combinations')
    expect(lines[3]).toMatch(/^ {2}sample 1 {3}python train\.py --bs=\d+ --lr=[\d.e-]+$/)
    expect(lines.at(-1)).toBe('Next: sweep create config.yaml')
  })
})

describe('configs for other programs', () => {
  const config = '{"lr":1e-05,"bs":64,"wd":1.0,"opt":{"name":"it\'s","on":true},"tag":"yes"}'

  it('become arguments, with dotted flags for groups', () => {
    expect(configAsArguments('{"lr":1.0,"opt":{"beta":0.9}}', [['opt']])).toBe('--lr=1.0 --opt.beta=0.9')
  })

  it('become variables that a shell reads back', () => {
    expect(configAsEnvironment(config).split('\n')).toEqual([
      "lr='1e-05'",
      "bs='64'",
      "wd='1.0'",
      "opt_name='it'\\''s'",
      "opt_on='true'",
      "tag='yes'",
    ])
  })

  it('become YAML in which floats stay floats for YAML 1.1 too', () => {
    expect(configAsYaml(config)).toBe(
      'lr: 1.0e-05\nbs: 64\nwd: 1.0\nopt:\n  name: "it\'s"\n  "on": true\ntag: "yes"\n',
    )
  })
})

describe('small things', () => {
  it('reads and writes durations', () => {
    expect(parseDuration('1h30m', '--x')).toBe(5_400_000)
    expect(parseDuration('90', '--x')).toBe(90_000)
    expect(() => parseDuration('soon', '--lease')).toThrow('--lease: "soon" is not a duration')
    expect([400, 12_000, 461_000, 6_600_000].map(formatDuration)).toEqual(['0.4s', '12s', '7m41s', '1h50m'])
  })

  it('decides colour: flag, NO_COLOR, FORCE_COLOR, dumb terminal, terminal', () => {
    expect(decideColor('always', { NO_COLOR: '1' }, false)).toBe(true)
    expect(decideColor('never', { FORCE_COLOR: '1' }, true)).toBe(false)
    expect(decideColor('auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, true)).toBe(false)
    expect(decideColor('auto', { FORCE_COLOR: '1' }, false)).toBe(true)
    expect(decideColor('auto', { TERM: 'dumb' }, true)).toBe(false)
    expect(decideColor('auto', {}, true)).toBe(true)
    expect(decideColor('auto', {}, false)).toBe(false)
  })

  it('makes control characters visible', () => {
    expect(printable('a\u001b[2Jb\nc\td')).toBe('a\ufffd[2Jb\ufffdc\td')
    expect(printable('a\nb', { keepLines: true })).toBe('a\nb')
  })
})
