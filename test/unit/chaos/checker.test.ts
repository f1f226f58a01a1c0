// The judge of the kill tests is itself put to the test: invented histories, each with one thing wrong.
import { describe, expect, test } from 'vitest'
import { judge } from '../../chaos/checker.ts'
import type { AttemptView, Evidence, HistoryPoint, RunView } from '../../chaos/checker.ts'
import { cellsOf, expectedLoss, expectedValue, gridOf } from '../../chaos/ledger.ts'
import type { CellConfig, LedgerLine } from '../../chaos/ledger.ts'

const STEPS = 3
const cells = cellsOf(gridOf(6))

/** Everything about one run, as a correct service and script would leave it. */
interface Story {
  run: RunView
  lines: LedgerLine[]
  points: HistoryPoint[]
}

function attemptOf(attempt: number, outcome: string | null): AttemptView {
  const started = outcome !== 'recalled'
  return {
    attempt,
    agentId: 'bcdfghjk',
    startedAt: started ? '2026-01-01T00:00:00.000Z' : null,
    endedAt: '2026-01-01T00:00:01.000Z',
    outcome,
    exitCode: outcome === 'finished' ? 0 : null,
  }
}

function linesOf(
  runId: string,
  attempt: number,
  config: CellConfig,
  options: { end: boolean },
): LedgerLine[] {
  const at = attempt * 10_000
  const steps = Array.from({ length: STEPS }, (_, index): LedgerLine => {
    return { event: 'step', runId, attempt, step: index + 1, at: at + 1 + index }
  })
  const end: LedgerLine = { event: 'end', runId, attempt, value: expectedValue(config), at: at + 10 }
  return [
    { event: 'start', runId, attempt, config, pid: 100 + attempt, at },
    ...steps,
    ...(options.end ? [end] : []),
  ]
}

/** @param outcomes of the attempts before the one that finishes */
function storyOf(runId: string, config: CellConfig, outcomes: readonly string[] = []): Story {
  const last = outcomes.length + 1
  const earlier = outcomes.flatMap((outcome, index) =>
    outcome === 'recalled' ? [] : linesOf(runId, index + 1, config, { end: false }),
  )
  return {
    run: {
      id: runId,
      state: 'finished',
      config,
      value: expectedValue(config),
      summary: { loss: { last: expectedValue(config) }, from_attempt: { last: last } },
      attempt: last,
      attempts: [
        ...outcomes.map((outcome, index) => attemptOf(index + 1, outcome)),
        attemptOf(last, 'finished'),
      ],
    },
    lines: [...earlier, ...linesOf(runId, last, config, { end: true })],
    points: Array.from({ length: STEPS }, (_, index) => index + 1).flatMap((step) => [
      { runId, attempt: last, step, metric: 'loss', value: expectedLoss(config, step, STEPS) },
      { runId, attempt: last, step, metric: 'from_attempt', value: last },
    ]),
  }
}

/** A correct sweep: the first run was lost once and recalled once before it finished. */
function correctStories(): [Story, ...Story[]] {
  const [first, ...rest] = cells.map((cell, index) => storyOf(`run0000${index}`, cell))
  if (!first || !cells[0]) throw new Error('no cells')
  return [storyOf('run00000', cells[0], ['lost', 'recalled']), ...rest]
}

function evidenceOf(stories: readonly Story[], unreadable: string[] = []): Evidence {
  return {
    cells,
    steps: STEPS,
    leaseMs: 10_000,
    runs: stories.map((story) => story.run),
    history: stories.flatMap((story) => story.points),
    ledger: { lines: stories.flatMap((story) => story.lines), unreadable },
  }
}

/** What the judge finds after `spoil` changed one thing about the first story, as `I4 message`. */
function findingsAfter(spoil: (story: Story) => Story): string[] {
  const [first, ...rest] = correctStories()
  return judge(evidenceOf([spoil(first), ...rest])).violations.map(
    (found) => `${found.invariant} ${found.message}`,
  )
}

const withRun = (change: Partial<RunView>) => (story: Story) => ({
  ...story,
  run: { ...story.run, ...change },
})
const withLines = (change: (lines: LedgerLine[]) => LedgerLine[]) => (story: Story) => ({
  ...story,
  lines: change(story.lines),
})
const withPoints = (change: (points: HistoryPoint[]) => HistoryPoint[]) => (story: Story) => ({
  ...story,
  points: change(story.points),
})

describe('judge', () => {
  test('finds nothing in a correct sweep with a lost and a recalled attempt', () => {
    expect(judge(evidenceOf(correctStories()))).toEqual({ violations: [], overlaps: [] })
  })

  test('names a cell that has no run', () => {
    const [, ...rest] = correctStories()
    expect(judge(evidenceOf(rest)).violations).toEqual([
      { invariant: 'I6', runId: null, message: expect.stringContaining('has no run') },
    ])
  })

  test('names a cell that was worked as two runs', () => {
    const [first, ...rest] = correctStories()
    const again = storyOf('again000', first.run.config)
    expect(judge(evidenceOf([first, ...rest, again])).violations).toEqual([
      { invariant: 'I1', runId: 'again000', message: expect.stringContaining('has another run') },
    ])
  })

  test('names a run whose configuration is no cell', () => {
    const stranger = storyOf('stranger', { width: 99, rate: 0.25, mode: 'm0' })
    expect(judge(evidenceOf([...correctStories(), stranger])).violations).toEqual([
      { invariant: 'I1', runId: 'stranger', message: expect.stringContaining('is no cell') },
    ])
  })

  test('names a run that failed', () => {
    expect(findingsAfter(withRun({ state: 'failed' }))).toEqual(['I6 is failed, not finished'])
  })

  test('names an attempt that is still open', () => {
    const attempts = [attemptOf(1, 'lost'), attemptOf(2, 'recalled'), attemptOf(3, null)]
    expect(findingsAfter(withRun({ attempts, state: 'running' }))).toEqual([
      'I6 is running, not finished',
      'I6 attempt 3 is still open',
    ])
  })

  test('names a finish for which no script wrote an end', () => {
    expect(findingsAfter(withLines((lines) => lines.filter((line) => line.event !== 'end')))).toEqual([
      'I4 attempt 3 is finished, and the ledger has no end of it',
    ])
  })

  test('names a finish with another exit code', () => {
    const attempts = [
      attemptOf(1, 'lost'),
      attemptOf(2, 'recalled'),
      { ...attemptOf(3, 'finished'), exitCode: 1 },
    ]
    expect(findingsAfter(withRun({ attempts }))).toEqual(['I4 attempt 3 is finished with exit code 1'])
  })

  test('names an attempt that finished before another followed', () => {
    const attempts = [attemptOf(1, 'failed'), attemptOf(2, 'recalled'), attemptOf(3, 'finished')]
    expect(findingsAfter(withRun({ attempts }))).toEqual([
      'I2 attempt 1 ended failed, and another attempt followed',
    ])
  })

  test('names a recalled attempt that did start', () => {
    const attempts = [attemptOf(1, 'recalled'), attemptOf(2, 'recalled'), attemptOf(3, 'finished')]
    expect(findingsAfter(withRun({ attempts }))).toEqual(['I2 attempt 1 was recalled, and it did start'])
  })

  test('names a gap in the attempt numbers', () => {
    const attempts = [attemptOf(1, 'lost'), attemptOf(3, 'finished')]
    expect(findingsAfter(withRun({ attempts }))).toEqual([
      "I2 attempts are numbered 1, 3, the run's latest is 3",
    ])
  })

  test('names an attempt that started twice', () => {
    const repeat = withLines((lines) =>
      lines.flatMap((line): LedgerLine[] => (line.event === 'start' ? [line, line] : [line])),
    )
    expect(findingsAfter(repeat)).toEqual(['I2 attempt 1 started twice', 'I2 attempt 3 started twice'])
  })

  test('names a start that nobody offered', () => {
    const extra: LedgerLine = {
      ...linesOf('run00000', 4, cells[0] as CellConfig, { end: false })[0],
    } as LedgerLine
    expect(findingsAfter(withLines((lines) => [...lines, extra]))).toEqual([
      'I4 attempt 4 started, and nobody offered it',
    ])
  })

  test('names an attempt that started after a later one', () => {
    const reversed = withLines((lines) => [
      ...lines.filter((line) => line.attempt === 3),
      ...lines.filter((line) => line.attempt === 1),
    ])
    expect(findingsAfter(reversed)).toEqual(['I2 attempt 1 started after attempt 3'])
  })

  test('names a script that was given the config of another run', () => {
    const other = cells[1] as CellConfig
    const swapped = withLines((lines) =>
      lines.map((line) => (line.event === 'start' && line.attempt === 1 ? { ...line, config: other } : line)),
    )
    expect(findingsAfter(swapped)).toEqual([expect.stringContaining('I4 attempt 1 was given another config')])
  })

  test('names a value that belongs to another cell', () => {
    const value = expectedValue(cells[1] as CellConfig)
    expect(findingsAfter(withRun({ value }))).toEqual([
      expect.stringContaining(`I4 its value is ${value}, not`),
    ])
  })

  test('names a value that is missing', () => {
    expect(findingsAfter(withRun({ value: null }))).toEqual([expect.stringContaining('I4 its value is null')])
  })

  test('names a summary made by an earlier attempt', () => {
    const summary = { loss: { last: expectedValue(cells[0] as CellConfig) }, from_attempt: { last: 1 } }
    expect(findingsAfter(withRun({ summary }))).toEqual(['I4 the attempt that made it is 1, not 3'])
  })

  test('names a row credited to another attempt', () => {
    const credited = withPoints((points) =>
      points.map((point) =>
        point.step === 2 && point.metric === 'from_attempt' ? { ...point, value: 1 } : point,
      ),
    )
    expect(findingsAfter(credited)).toEqual(['I4 step 2 of attempt 3: from_attempt is 1, not 3 of attempt 3'])
  })

  test('names a row that was lost and a row that came twice', () => {
    const gone = withPoints((points) => points.filter((point) => point.step !== 2))
    const twice = withPoints((points) => [...points, ...points.filter((point) => point.step === 1)])
    expect(findingsAfter(gone)).toEqual([
      'I3 loss has steps 1,3, not 1,2,3',
      'I3 from_attempt has steps 1,3, not 1,2,3',
    ])
    expect(findingsAfter(twice)).toEqual([
      'I3 loss has steps 1,1,2,3, not 1,2,3',
      'I3 from_attempt has steps 1,1,2,3, not 1,2,3',
    ])
  })

  test('reports an overlap, and calls it a violation beyond a lease', () => {
    const workingOn = (ms: number): LedgerLine => ({
      event: 'step',
      runId: 'run00000',
      attempt: 1,
      step: 3,
      at: 30_000 + ms,
    })
    const [first, ...rest] = correctStories()
    const short = judge(evidenceOf([{ ...first, lines: [...first.lines, workingOn(400)] }, ...rest]))
    const long = judge(evidenceOf([{ ...first, lines: [...first.lines, workingOn(10_001)] }, ...rest]))
    expect(short).toEqual({ violations: [], overlaps: [{ runId: 'run00000', attempt: 1, overlapMs: 400 }] })
    expect(long.violations).toEqual([
      {
        invariant: 'I2',
        runId: 'run00000',
        message: 'attempt 1 worked on for 10001 ms beside its successor',
      },
    ])
  })

  test('names work of a run that the sweep does not have', () => {
    const stories = correctStories()
    const evidence = evidenceOf(stories)
    const lines = [...evidence.ledger.lines, ...linesOf('unknown0', 1, cells[0] as CellConfig, { end: true })]
    expect(judge({ ...evidence, ledger: { lines, unreadable: [] } }).violations).toEqual([
      { invariant: 'I4', runId: 'unknown0', message: 'worked or recorded, and the sweep has no such run' },
    ])
  })

  test('names a ledger line that cannot be read', () => {
    expect(judge(evidenceOf(correctStories(), ['{"event":"st'])).violations).toEqual([
      { invariant: 'ledger', runId: null, message: 'unreadable line: {"event":"st' },
    ])
  })
})
