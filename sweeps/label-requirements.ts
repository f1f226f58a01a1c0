// What a sweep's `requires` asks of an agent's labels, and the words when no agent has what it asks. Pure.
import type { SweepNotice } from './sweep-notices.ts'

export type Labels = Readonly<Record<string, string>>

/** It has every label that is required, with that very text. */
export function meetsRequires(labels: Labels, requires: Labels): boolean {
  return Object.entries(requires).every(([name, value]) => hasLabel(labels, name, value))
}

/**
 * Why no run of the sweep can start, when that is for its `requires`.
 * @param agents labels of each agent that works the sweep; without any, no label is to blame
 * @returns null when an agent has all, or nothing is required
 */
export function noticeOfRequires(
  sweepId: string,
  requires: Labels,
  agents: readonly Labels[],
): SweepNotice | null {
  if (agents.length === 0 || agents.some((labels) => meetsRequires(labels, requires))) return null
  const pairs = Object.entries(requires)
  const wanted = pairs.map(([name, value]) => `${name}=${value}`)
  const missing = pairs
    .filter(([name, value]) => !agents.some((labels) => hasLabel(labels, name, value)))
    .map(([name, value]) => `${name}=${value}${valuesInstead(name, agents)}`)
  const who = agents.length === 1 ? 'its only agent' : `none of its ${agents.length} agents`
  const lack =
    missing.length === 0
      ? `${who} has all of them together`
      : agents.length === 1
        ? `${who} lacks ${missing.join(' and ')}`
        : `${who} has ${missing.join(' or ')}`
  const text =
    `no run can start: requires ${wanted.join(', ')}, and ${lack}. ` +
    `Start one with that:  sweep agent ${sweepId} --labels ${wanted.map(quoteForShell).join(' --labels ')}`
  return { code: 'requires_unmet', text }
}

function hasLabel(labels: Labels, name: string, value: string): boolean {
  return Object.hasOwn(labels, name) && labels[name] === value
}

/** Up to three values that agents have under that name. */
function valuesInstead(name: string, agents: readonly Labels[]): string {
  const values = new Set(agents.flatMap((labels) => (Object.hasOwn(labels, name) ? [labels[name]] : [])))
  if (values.size === 0) return ''
  return ` (there is ${[...values].slice(0, 3).join(', ')}${values.size > 3 ? ', ...' : ''})`
}

function quoteForShell(word: string): string {
  return /^[\w.:@%+/=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
