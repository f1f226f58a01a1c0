// A sweep's config and history -> the next configurations. The one registry of methods. A suggestion is a pure
// function of (config, history, seed, index).
import { createBayesianSearch } from '../optimizers/bayesian.ts'
import { createGridSearch } from '../optimizers/grid-search.ts'
import type { Observation, Optimizer, TakenPoints } from '../optimizers/optimizer.ts'
import { createRandomSearch } from '../optimizers/random-search.ts'
import type { Method, SweepConfig } from './config.ts'
import type { RenderedConfig } from './config-template.ts'
import { hashConfigText, parseConfigText } from './config-text.ts'
import { explainProposal } from './explain-proposal.ts'
import type { RunState } from './run.ts'
import { buildSearchSpace } from './search-space.ts'
import type { SearchSpace, SpaceLayout } from './search-space.ts'

/** A run of the sweep, whatever its state. */
export interface HistoryEntry {
  readonly runId: string
  readonly configText: string
  readonly configHash: string
  readonly state: RunState
  /** The metric's value in its own sign; null: none yet. */
  readonly value: number | null
  /** Index of the suggestion it came from; null: nobody proposed it. @default null */
  readonly index?: number | null
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
  /**
   * Takes in runs; the same run again replaces what was known of it. Methods that learn count runs in the order in which
   * they are told that these ended.
   */
  observe(entries: readonly HistoryEntry[]): void
  /**
   * Up to `count` suggestions with growing indexes, the first at least `fromIndex`. None repeats a config that was
   * observed, or another of the same answer. Nothing is remembered of the answer: observe the runs made of it.
   * `exhausted` means that nothing is left after these.
   */
  suggest(
    fromIndex: number,
    count: number,
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
}

class MethodSuggester implements Suggester {
  /** What each observed run takes. */
  private readonly known = new Map<string, { readonly configHash: string; readonly cell: number | null }>()
  private readonly taken: TakenConfigs

  constructor(
    private readonly config: SweepConfig,
    private readonly space: SearchSpace,
    private readonly optimizer: Optimizer,
  ) {
    this.taken = new TakenConfigs(space)
  }

  observe(entries: readonly HistoryEntry[]): void {
    for (const { runId, configText, configHash } of entries) {
      const before = this.known.get(runId)
      if (before?.configHash === configHash) continue
      if (before !== undefined) this.taken.change(before.configHash, before.cell, -1)
      const cell = this.taken.cellOf(configText)
      this.known.set(runId, { configHash, cell })
      this.taken.change(configHash, cell, 1)
    }
    if (this.optimizer.usesObservations)
      this.optimizer.observe(entries.flatMap((entry) => this.observationOf(entry)))
  }

  suggest(fromIndex: number, count: number): { suggestions: Suggestion[]; exhausted: boolean } {
    const given: GivenSuggestion[] = []
    const answer = (exhausted: boolean) => ({
      suggestions: given.map(({ suggestion }) => suggestion),
      exhausted,
    })
    try {
      let index = fromIndex
      while (given.length < count) {
        const next = this.suggestOne(index)
        if (next === null) return answer(true)
        // Taken for the rest of this answer, and given back below
        this.taken.change(next.suggestion.configHash, next.cell, 1)
        given.push(next)
        index = next.suggestion.index + 1
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

  private suggestOne(fromIndex: number): GivenSuggestion | null {
    const { initialConfigs, method } = this.config
    for (let index = fromIndex; index < initialConfigs.length; index++) {
      const configText = initialConfigs[index] ?? '{}'
      const configHash = hashConfigText(configText)
      if (this.taken.hasConfig(configHash)) continue
      const suggestedBy = JSON.stringify({ method, index, source: 'initial_configs' })
      return {
        suggestion: { index, configText, configHash, suggestedBy },
        cell: this.taken.cellOf(configText),
      }
    }
    if (this.isSpaceSpent()) return null
    const own = Math.max(fromIndex - initialConfigs.length, 0)
    const proposal = this.optimizer.suggest(own, this.taken)
    if (proposal === null) return null
    const index = proposal.index + initialConfigs.length
    const { text, hash } = this.taken.render(proposal.point)
    const suggestion = {
      index,
      configText: text,
      configHash: hash,
      suggestedBy: JSON.stringify({ method, index, ...explainProposal(proposal, this.space, this.config) }),
    }
    return { suggestion, cell: this.space.cellOfPoint(proposal.point) }
  }

  private observationOf(entry: HistoryEntry): Observation[] {
    const point = this.space.pointOf(parseConfigText(entry.configText))
    if (point === null) return []
    const sign = this.config.metric?.goal === 'maximize' ? -1 : 1
    const value = entry.value === null ? null : sign * entry.value
    const own = (entry.index ?? -1) - this.config.initialConfigs.length
    return [
      { id: entry.runId, point, value, state: OBSERVED_STATES[entry.state], index: own < 0 ? null : own },
    ]
  }
}
