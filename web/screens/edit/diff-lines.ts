// What differs between two texts, line by line: the longest common lines stay. Pure.

export interface DiffLine {
  readonly kind: 'same' | 'out' | 'in'
  readonly text: string
}

/** Of longer texts everything is out and in: nobody reads that, and it would take long. */
const MAX_LINES = 2_000

export function diffLines(from: string, to: string): DiffLine[] {
  const [left, right] = [from.split('\n'), to.split('\n')]
  let head = 0
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1
  let tail = 0
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left[left.length - 1 - tail] === right[right.length - 1 - tail]
  )
    tail += 1
  const same = (text: string): DiffLine => ({ kind: 'same', text })
  return [
    ...left.slice(0, head).map(same),
    ...diffMiddle(left.slice(head, left.length - tail), right.slice(head, right.length - tail)),
    ...left.slice(left.length - tail).map(same),
  ]
}

/** Longest common subsequence by its table: O(n m). */
function diffMiddle(left: readonly string[], right: readonly string[]): DiffLine[] {
  const out = (text: string): DiffLine => ({ kind: 'out', text })
  const into = (text: string): DiffLine => ({ kind: 'in', text })
  if (left.length * right.length > MAX_LINES ** 2) return [...left.map(out), ...right.map(into)]
  const width = right.length + 1
  const lengths = new Uint32Array((left.length + 1) * width)
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0
  for (let row = left.length - 1; row >= 0; row -= 1)
    for (let column = right.length - 1; column >= 0; column -= 1)
      lengths[row * width + column] =
        left[row] === right[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
  const lines: DiffLine[] = []
  let [row, column] = [0, 0]
  while (row < left.length || column < right.length) {
    const [a, b] = [left[row], right[column]]
    if (a !== undefined && a === b) {
      lines.push({ kind: 'same', text: a })
      row += 1
      column += 1
    } else if (a !== undefined && (b === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push(out(a))
      row += 1
    } else {
      lines.push(into(b ?? ''))
      column += 1
    }
  }
  return lines
}
