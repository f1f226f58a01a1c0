// The curves of a band that go on, worst first: as the band's threshold tightens, those above it are found without
// looking at the others.

interface Watched {
  readonly id: string
  readonly value: number
}

/** A binary heap by value. Entries that no longer hold are put right when they come to the top. */
export class ThresholdWatch {
  readonly #heap: Watched[] = []

  add(id: string, value: number): void {
    const heap = this.#heap
    heap.push({ id, value })
    let at = heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isWorse(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  /**
   * Takes out every curve whose value is above the threshold.
   * @param valueOf the curve's value now, which may have fallen since it was added; null: it is not watched any more
   */
  takeAbove(threshold: number, valueOf: (id: string) => number | null): string[] {
    const taken: string[] = []
    for (let top = this.#heap[0]; top !== undefined && top.value > threshold; top = this.#heap[0]) {
      this.#removeTop()
      const value = valueOf(top.id)
      if (value === null) continue
      if (value > threshold) taken.push(top.id)
      else this.add(top.id, value)
    }
    return taken
  }

  #removeTop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= heap.length) return
      const child = left + 1 < heap.length && this.#isWorse(left + 1, left) ? left + 1 : left
      if (!this.#isWorse(child, at)) return
      this.#swap(child, at)
      at = child
    }
  }

  /** Ties by id, so that the order does not depend on the order of the calls. */
  #isWorse(a: number, b: number): boolean {
    const [left, right] = [this.#heap[a], this.#heap[b]]
    if (left === undefined || right === undefined) return false
    return left.value === right.value ? left.id < right.id : left.value > right.value
  }

  #swap(a: number, b: number): void {
    const [left, right] = [this.#heap[a], this.#heap[b]]
    if (left === undefined || right === undefined) return
    this.#heap[a] = right
    this.#heap[b] = left
  }
}
