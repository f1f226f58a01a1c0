// The part of `optimizer` with `--problems FOLDER`: CPU time of asks 91 to 100 on the closed-form problems of a benchmark
// folder (problems.json, lib/objectives.mjs), through everything that a sweep's suggestion goes through.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseSweepFile } from '../sweeps/config.ts'
import { createSuggester } from '../sweeps/suggest.ts'
import type { HistoryEntry } from '../sweeps/suggest.ts'
import { printFigure } from './figure-table.ts'

interface Problem {
  readonly id: string
  readonly goal: string
  readonly metric: string
  readonly parameters: object
  readonly objective: { readonly type: string }
}

/** What is used of the folder's lib/objectives.mjs; noise follows from seed and index. */
interface Objectives {
  evaluate(
    problem: Problem,
    params: unknown,
    options: { readonly seed: number; readonly index: number },
  ): Promise<{ readonly value: number }>
}

const ASKS = 100
const TIMED_FROM = 90
const SEED = 0
const LIMIT_SECONDS = 0.02

/** @throws Error when the folder has no problems.json or no lib/objectives.mjs */
export async function measureProblems(folder: string): Promise<void> {
  const path = resolve(folder)
  const { problems } = JSON.parse(readFileSync(join(path, 'problems.json'), 'utf8')) as {
    problems: Problem[]
  } // as its README says
  const objectives = (await import(
    pathToFileURL(join(path, 'lib', 'objectives.mjs')).href
  )) as unknown as Objectives
  const closed = problems.filter(({ objective }) => objective.type === 'synthetic')
  console.log(`CPU seconds per proposal, mean of asks 91 to 100, one worker, seed ${SEED}\n`)
  let sum = 0
  for (const problem of closed) {
    const seconds = await measureProblem(problem, objectives)
    sum += seconds
    report(problem.id, seconds)
  }
  report(`mean of ${closed.length} problems`, sum / closed.length)
}

function report(name: string, seconds: number): void {
  printFigure(name, seconds.toFixed(4), `at most ${LIMIT_SECONDS}`, seconds <= LIMIT_SECONDS)
}

async function measureProblem(problem: Problem, { evaluate }: Objectives): Promise<number> {
  const { id, goal, metric, parameters } = problem
  const file = JSON.stringify({ method: 'bayes', metric: { name: metric, goal }, parameters })
  const suggester = createSuggester(parseSweepFile(file).config, SEED)
  let [nextIndex, seconds] = [0, 0]
  for (let ask = 0; ask < ASKS; ask++) {
    const before = process.cpuUsage()
    const [next] = suggester.suggest(nextIndex, 1).suggestions
    const { user, system } = process.cpuUsage(before)
    if (next === undefined) throw new Error(`${id}: nothing is left after ${ask} asks`)
    if (ask >= TIMED_FROM) seconds += (user + system) / 1e6
    nextIndex = next.index + 1
    const { value } = await evaluate(problem, JSON.parse(next.configText), { seed: SEED, index: ask })
    const { configText, configHash, index } = next
    const entry: HistoryEntry = {
      ...{ runId: `ask-${ask}`, configText, configHash, state: 'finished', value, index },
      endedAt: ask + 1,
    }
    suggester.observe([entry])
  }
  return seconds / (ASKS - TIMED_FROM)
}
