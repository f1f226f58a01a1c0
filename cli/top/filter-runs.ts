// The filter language (sweeps/run-filter.ts) over runs as the change stream tells them.
import { parseConfigValue } from '../../sweeps/config-text.ts'
import type { ConfigMap, ConfigValue } from '../../sweeps/config-text.ts'
import { parseRunFilter } from '../../sweeps/run-filter.ts'
import type { FilterableRun } from '../../sweeps/run-filter.ts'
import type { LiveRun } from '../../sweeps/live-schema.ts'
import { numberOf } from './live-runs.ts'
import type { LiveRuns } from './live-runs.ts'

export interface RunSelection {
  readonly text: string
  takes(run: LiveRun, runs: LiveRuns): boolean
}

/** @throws SweepError REQUEST_INVALID with the place in `at` */
export function compileSelection(text: string): RunSelection {
  const predicate = parseRunFilter(text)
  // A run is replaced when it changes, but its place in the ranking changes with others.
  const known = /rank/i.test(text) ? null : new WeakMap<LiveRun, boolean>()
  return {
    text,
    takes(run, runs) {
      const before = known?.get(run)
      if (before !== undefined) return before
      const takes = predicate(filterableOf(run, runs))
      known?.set(run, takes)
      return takes
    },
  }
}

function filterableOf(run: LiveRun, runs: LiveRuns): FilterableRun {
  const metric = runs.sweep.metric?.name
  let config: ConfigMap | undefined
  return {
    id: run.id,
    name: run.name,
    state: run.state,
    project: run.project,
    sweepId: run.sweepId ?? null,
    group: run.group ?? null,
    jobType: run.jobType ?? null,
    tags: run.tags,
    notes: run.notes,
    stopReason: run.stopReason ?? null,
    attemptCount: run.attempt,
    get rank() {
      return runs.rankOf(run)
    },
    value: run.value === undefined ? null : numberOf(run.value),
    bestStep: run.bestStep ?? null,
    createdAt: run.createdAtMs,
    startedAt: run.startedAtMs ?? null,
    finishedAt: run.finishedAtMs ?? null,
    hosts: run.host === undefined ? [] : [run.host],
    agentIds: run.agentId === undefined ? [] : [run.agentId],
    get config() {
      return (config ??= nest(run.params))
    },
    metric(name) {
      const found = Object.hasOwn(run.metrics, name) ? run.metrics[name] : undefined
      const value = name === metric ? (run.value ?? found?.last) : found?.last
      return value === undefined ? null : numberOf(value)
    },
  }
}

/** Dotted names as nested maps again. */
function nest(params: LiveRun['params']): ConfigMap {
  const config = new Map<string, ConfigValue>()
  for (const [name, value] of Object.entries(params)) {
    const path = name.split('.')
    let map = config
    for (const key of path.slice(0, -1)) {
      const inner = map.get(key)
      if (inner instanceof Map)
        map = inner as Map<string, ConfigValue> // made below: no other maps are in it
      else {
        const made = new Map<string, ConfigValue>()
        map.set(key, made)
        map = made
      }
    }
    map.set(path.at(-1) ?? name, parseConfigValue(JSON.stringify(value)))
  }
  return config
}
