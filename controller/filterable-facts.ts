// A run's facts as filters and orders read them. A config is parsed when a filter first asks for a parameter of it.
import { parseConfigText, type ConfigMap } from '../sweeps/config-text.ts'
import type { FilterableRun } from '../sweeps/run-filter.ts'
import type { RunFacts } from '../sweeps/store.ts'

export function filterableOf(facts: RunFacts, rank: number | null): FilterableRun {
  return {
    id: facts.id,
    name: facts.name,
    state: facts.state,
    project: facts.project,
    sweepId: facts.sweepId,
    group: facts.group,
    jobType: facts.jobType,
    tags: facts.tags,
    notes: facts.notes,
    stopReason: facts.stopReason,
    attemptCount: facts.attemptCount,
    rank,
    value: facts.value,
    bestStep: facts.bestStep,
    createdAt: facts.createdAt,
    startedAt: facts.startedAt,
    finishedAt: facts.finishedAt,
    hosts: facts.hosts,
    agentIds: facts.agentIds,
    get config() {
      return configOf(facts)
    },
    // `best` is kept for the sweep's metric alone: there the ranking value is what people mean.
    metric: (name) => {
      const summary = facts.summaries.find(({ key }) => key === name)
      if (summary === undefined) return null
      return summary.best === null ? summary.last : (facts.value ?? summary.last)
    },
  }
}

/** A board keeps the facts of runs that did not change, and people filter again and again. */
const knownConfigs = new WeakMap<RunFacts, ConfigMap>()

function configOf(facts: RunFacts): ConfigMap {
  let config = knownConfigs.get(facts)
  if (config === undefined) knownConfigs.set(facts, (config = parseConfigText(facts.configText)))
  return config
}
