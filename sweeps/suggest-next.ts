// What a sweep with a given history would try next, without a server. Nothing is stored.
import type { SweepConfig } from './config.ts'
import { createSuggester } from './suggest.ts'
import type { HistoryEntry, Suggestion } from './suggest.ts'

/**
 * One suggestion after another, each as if those before it were running.
 */
export function* suggestNext(
  config: SweepConfig,
  seed: number,
  history: readonly HistoryEntry[],
  count: number,
): Generator<Suggestion, void, undefined> {
  const suggester = createSuggester(config, seed)
  suggester.observe(history)
  // Configurations of the user come first even after runs of others
  let nextIndex = config.initialConfigs.length > 0 ? 0 : history.length
  for (let given = 0; given < count; given++) {
    const [next] = suggester.suggest(nextIndex, 1).suggestions
    if (next === undefined) return
    yield next
    nextIndex = next.index + 1
    const { index, configText, configHash } = next
    suggester.observe([
      { runId: `next-${given}`, configText, configHash, state: 'running', value: null, index },
    ])
  }
}
