// A sweep's config and history -> the next configurations. The one registry of methods. A suggestion is a pure
// function of (config, history, seed, index).
import { createBayesianSearch } from '../optimizers/bayesian.ts'
import { createGridSearch } from '../optimizers/grid-search.ts'
import type { Observation, OpenPoint, Optimizer, TakenPoints } from '../optimizers/optimizer.ts'
import { createRandomSearch } from '../optimizers/random-search.ts'
import type { Method, SweepConfig } from './config.ts'
import type { RenderedConfig } from './config-template.ts'
import { hashConfigText } from './config-hash.ts'
import { parseConfigText } from './config-text.ts'
import { explainProposal } from './explain-proposal.ts'
import { Imputer } from './imputation.ts'
import type { CurvePoint } from './run-curve.ts'
import type { RunState } from './run.ts'
import { buildSearchSpace } from './search-space.ts'
import type { SearchSpace, SpaceLayout } from './search-space.ts'

/** A run of the sweep, whatever its state. */
export interface HistoryEntry {
  readonly runId: string
  readonly configText: string
  readonly configHash: string
  readonly state: RunState
  /** What people call it, in explanations. @default its id */
  readonly name?: string
  /** The metric's value in its own sign; null: none yet. */
  readonly value: number | null
  /** The metric's last value, needed for `impute: latest` alone. @default unknown */
  readonly latest?: number | null
  /** Index of the suggestion it came from; null: nobody proposed it. @default null */
  readonly index?: number | null
  /**
   * Of a run that ended: when, or any number that grows from end to end. Methods that learn take runs in this order, ties
   * by index.
   * @default 0
   */
  readonly endedAt?: number
  /**
   * Where early termination is at work: the best value so far, in the metric's own sign, at some points of the run's
   * progress, ascending; of a stopped run the last is where it was stopped.
   * @default none
   */
  readonly curve?: readonly CurvePoint[]
}

export interface Suggestion {
  /** Grows from suggestion to suggestion; those that were passed over are left out. */
  readonly index: number
  readonly configText: string
  readonly configHash: string
  /** JSON text: {"method","index",...}. */
  readonly suggestedBy: string
}

export interface Suggester {
  /** Takes in runs, in any order; the same run again replaces what was known of it. */
  observe(entries: readonly HistoryEntry[]): void
  /**
   * Up to `count` suggestions with growing indexes, the first at least `fromIndex`. None repeats a config that was
   * observed, or another of the same answer; each counts those before it as open. Nothing is remembered of the answer:
   * observe the runs made of it. `exhausted` means that nothing is left after these.
   * @param isEnough asked after each suggestion: true ends the answer early @default never
   */
  suggest(
    fromIndex: number,
    count: number,
    isEnough?: () => boolean,
  ): { readonly suggestions: Suggestion[]; readonly exhausted: boolean }
}

interface MethodEntry {
  readonly layout: SpaceLayout
  readonly create: (space: SearchSpace, seed: number, config: SweepConfig) => Optimizer
}

const METHODS: Readonly<Record<Method, MethodEntry>> = {
  grid: {
    layout: 'grid',
    create: (space, seed, config) =>
      createGridSearch({ dimensions: space.dimensions, cells: space.cells, seed, order: config.order }),
  },
  random: {
    layout: 'sampled',
    create: (space, seed) => createRandomSearch({ dimensions: space.dimensions, cells: space.cells, seed }),
  },
  bayes: {
    layout: 'sampled',
    create: ({ dimensions, cells, activity }, seed) =>
      createBayesianSearch({ dimensions, cells, seed, ...(activity === null ? {} : { activity }) }),
  },
}

/** The space as the config's method sees it: a grid lists values, other methods sample them. */
export function searchSpaceOf(config: SweepConfig): SearchSpace {
  return buildSearchSpace(config.parameters, { layout: config.method === 'grid' ? 'grid' : 'sampled' })
}

export function createSuggester(config: SweepConfig, seed: number): Suggester {
  const method = METHODS[config.method]
  const space = buildSearchSpace(config.parameters, { layout: method.layout })
  return new MethodSuggester(config, space, method.create(space, seed, config))
}

/** What is taken, by hash and, in a finite space, by cell: W&B's rule finds cells where hashes differ. */
class TakenConfigs implements TakenPoints {
  private readonly hashes = new Map<string, number>()
  private readonly cells = new Map<number, number>()
  private last: { readonly point: readonly number[]; readonly rendered: RenderedConfig } | null = null

  constructor(private readonly space: SearchSpace) {}

  /** @param by 1 to take, -1 to give back */
  change(configHash: string, cell: number | null, by: 1 | -1): void {
    changeCount(this.hashes, configHash, by)
    if (cell !== null) changeCount(this.cells, cell, by)
  }

  hasConfig(hash: string): boolean {
    return this.hashes.has(hash)
  }

  hasCell(cell: number): boolean {
    return this.cells.has(cell)
  }

  hasPoint(point: readonly number[]): boolean {
    const cell = this.space.cellOfPoint(point)
    return cell === null ? this.hashes.has(this.render(point).hash) : this.cells.has(cell)
  }

  /** The last one is kept: a method asks whether its point is taken, and then proposes it. */
  render(point: readonly number[]): RenderedConfig {
    if (this.last?.point !== point) this.last = { point, rendered: this.space.renderAt(point) }
    return this.last.rendered
  }

  /** Number of the cell that a config covers; null in a space whose cells are not counted. */
  cellOf(configText: string): number | null {
    return this.space.size === null ? null : this.space.cellOfConfig(parseConfigText(configText))
  }

  /** Number of different cells that are taken. */
  get cellCount(): number {
    return this.cells.size
  }
}

/** Counts, so that two runs of one config can come and one can go. */
function changeCount<K>(counts: Map<K, number>, key: K, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

/** What a run's state says of its configuration. */
const OBSERVED_STATES: Readonly<Record<RunState, Observation['state']>> = {
  queued: 'open',
  preempted: 'open',
  running: 'open',
  finished: 'done',
  stopped: 'stopped',
  failed: 'failed',
  // A person or a lost machine ended it: that says nothing of the configuration
  cancelled: 'void',
  lost: 'void',
}

interface GivenSuggestion {
  readonly suggestion: Suggestion
  readonly cell: number | null
  readonly open: OpenPoint | null
}

class MethodSuggester implements Suggester {
  /** What each observed run takes. */
  private readonly known = new Map<string, { readonly configHash: string; readonly cell: number | null }>()
  private readonly names = new Map<string, string>()
  private readonly taken: TakenConfigs
  private readonly imputer: Imputer<HistoryEntry>

  constructor(
    private readonly config: SweepConfig,
    private readonly space: SearchSpace,
    private readonly optimizer: Optimizer,
  ) {
    this.taken = new TakenConfigs(space)
    this.imputer = new Imputer(config.metric?.goal ?? 'minimize', config.imputation)
  }

  observe(entries: readonly HistoryEntry[]): void {
    for (const { runId, configText, configHash, name } of entries) {
      if (name !== undefined) this.names.set(runId, name)
      const before = this.known.get(runId)
      if (before?.configHash === configHash) continue
      if (before !== undefined) this.taken.change(before.configHash, before.cell, -1)
      const cell = this.taken.cellOf(configText)
      this.known.set(runId, { configHash, cell })
      this.taken.change(configHash, cell, 1)
    }
    if (this.optimizer.usesObservations)
      this.optimizer.observe(this.imputer.take(entries).flatMap((entry) => this.observationOf(entry)))
  }

  suggest(
    fromIndex: number,
    count: number,
    isEnough: () => boolean = () => false,
  ): { suggestions: Suggestion[]; exhausted: boolean } {
    const given: GivenSuggestion[] = []
    const open: OpenPoint[] = []
    const answer = (exhausted: boolean) => ({
      suggestions: given.map(({ suggestion }) => suggestion),
      exhausted,
    })
    try {
      let index = fromIndex
      while (given.length < count) {
        const next = this.suggestOne(index, open)
        if (next === null) return answer(true)
        // Taken for the rest of this answer, and given back below
        this.taken.change(next.suggestion.configHash, next.cell, 1)
        given.push(next)
        if (next.open !== null) open.push(next.open)
        index = next.suggestion.index + 1
        if (isEnough()) break
      }
      return answer(index >= this.config.initialConfigs.length && this.isSpaceSpent())
    } finally {
      for (const { suggestion, cell } of given) this.taken.change(suggestion.configHash, cell, -1)
    }
  }

  /** Known without looking, so that a walk over a spent space is never begun. */
  private isSpaceSpent(): boolean {
    return this.space.size !== null && this.taken.cellCount >= this.space.size
  }

  private suggestOne(fromIndex: number, open: readonly OpenPoint[]): GivenSuggestion | null {
    const { initialConfigs, method } = this.config
    for (let index = fromIndex; index < initialConfigs.length; index++) {
      const configText = initialConfigs[index] ?? '{}'
      const configHash = hashConfigText(configText)
      if (this.taken.hasConfig(configHash)) continue
      const suggestedBy = JSON.stringify({ method, index, source: 'initial_configs' })
      return {
        suggestion: { index, configText, configHash, suggestedBy },
        cell: this.taken.cellOf(configText),
        open: this.openPointOf(index, configText),
      }
    }
    if (this.isSpaceSpent()) return null
    const own = Math.max(fromIndex - initialConfigs.length, 0)
    const proposal = this.optimizer.suggest(own, this.taken, open)
    if (proposal === null) return null
    const index = proposal.index + initialConfigs.length
    const { text, hash } = this.taken.render(proposal.point)
    const explanation = explainProposal(proposal, {
      space: this.space,
      config: this.config,
      soFar: this.imputer.soFar(),
      nameOf: (runId) => this.names.get(runId) ?? runId,
    })
    const suggestedBy = JSON.stringify({ method, index, ...explanation })
    const suggestion = { index, configText: text, configHash: hash, suggestedBy }
    const cell = this.space.cellOfPoint(proposal.point)
    return { suggestion, cell, open: this.openPointOf(index, text) }
  }

  /**
   * The point as it is read back from the config, to the last bit what observe() will read; null where it is no point of
   * the space, or the method does not learn.
   */
  private openPointOf(index: number, configText: string): OpenPoint | null {
    const point = this.optimizer.usesObservations ? this.space.pointOf(parseConfigText(configText)) : null
    return point === null ? null : { index: index - this.config.initialConfigs.length, point }
  }

  /** The method's own counting begins behind the initial configs: theirs are below 0. */
  private ownIndexOf(index: number | null): number | null {
    return index === null ? null : index - this.config.initialConfigs.length
  }

  private observationOf(entry: HistoryEntry): Observation[] {
    const point = this.space.pointOf(parseConfigText(entry.configText))
    if (point === null) return []
    const sign = this.config.metric?.goal === 'maximize' ? -1 : 1
    const value = entry.value === null ? null : sign * entry.value
    const own = this.ownIndexOf(entry.index ?? null)
    const state = OBSERVED_STATES[entry.state]
    const curve = (entry.curve ?? []).map(({ progress, value: at }) => ({ progress, value: sign * at }))
    return [{ id: entry.runId, point, value, state, index: own, endedAt: entry.endedAt ?? 0, curve }]
  }
}
