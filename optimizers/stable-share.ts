// A number in [0, 1) that depends on a text alone: for choices that must come out the same whenever they are made.

/** Uniform over texts, and independent between purposes: FNV-1a of both, mixed by MurmurHash3's finaliser. */
export function stableShare(text: string, purpose: string): number {
  let hash = 0x811c9dc5
  for (const character of `${purpose}\0${text}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
