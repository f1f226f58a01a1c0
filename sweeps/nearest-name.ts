// "Did you mean ...?": the known name nearest to a mistyped one.

/** The nearest of `known`, or null when none is near: at most a third of the letters differ, and never all of them. */
export function nearestName(found: string, known: readonly string[]): string | null {
  let best: string | null = null
  let bestDistance = Infinity
  const lower = found.slice(0, 64).toLowerCase()
  for (const name of known) {
    const distance = editDistance(lower, name.toLowerCase())
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  const allowed = Math.max(1, Math.floor(lower.length / 3))
  return bestDistance <= allowed && bestDistance < lower.length ? best : null
}

/** `Did you mean "..."?`, or the given words when nothing is near. */
export function didYouMean(found: string, known: readonly string[], otherwise = ''): string {
  const name = nearestName(found, known)
  return name === null ? otherwise : `Did you mean "${name}"?`
}

/** Restricted Damerau-Levenshtein: swapping two neighbours is one mistake. O(a * b). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = cell(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let distance = Math.min(substitution, cell(rows, i - 1, j) + 1, (row[j - 1] ?? Infinity) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, cell(rows, i - 2, j - 2) + 1)
      }
      row.push(distance)
    }
    rows.push(row)
  }
  return cell(rows, a.length, b.length)
}

function cell(rows: readonly (readonly number[])[], i: number, j: number): number {
  return rows[i]?.[j] ?? Infinity
}
