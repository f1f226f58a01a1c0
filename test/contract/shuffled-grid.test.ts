import { expect, it } from 'vitest'
import { createPermutation } from '../../optimizers/permutation.ts'

// 50 million elements, about 10 s: too long for a unit test, and every size matters (Feistel halves, cycle walking).
it('a shuffled grid is a permutation for every size from 1 to 10,000', { timeout: 120_000 }, () => {
  const wrong: number[] = []
  const seen = new Uint8Array(10_000)
  for (let size = 1; size <= 10_000; size++) {
    const at = createPermutation(size, size)
    seen.fill(0, 0, size)
    for (let index = 0; index < size; index++) seen[at(index)] = 1
    if (seen.subarray(0, size).includes(0)) wrong.push(size)
  }
  expect(wrong).toEqual([])
})
