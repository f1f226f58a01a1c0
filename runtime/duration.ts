// Durations as people write them: `180s`, `90m`, `4h`, `1h30m`, `250ms`.

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** @returns milliseconds, or null when the text is no duration (a number without a unit is none) */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim()
  if (!/^(\d{1,12}(\.\d{1,6})?(ms|s|m|h|d))+$/.test(trimmed)) return null
  let total = 0
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN)
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : null
}
