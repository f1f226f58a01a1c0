// Readable names for runs whose client gave none.

const FIRST = ['amber', 'brave', 'calm', 'clear', 'crisp', 'dusky', 'eager', 'early', 'fair', 'gentle', 'golden', 'keen', 'late', 'light', 'lively', 'mellow', 'misty', 'northern', 'quick', 'quiet', 'rapid', 'silver', 'solid', 'southern', 'steady', 'still', 'sunny', 'swift', 'tidal', 'vivid', 'warm', 'wild'] // prettier-ignore
const SECOND = ['bay', 'birch', 'brook', 'cedar', 'cliff', 'cloud', 'coast', 'creek', 'delta', 'dune', 'field', 'fjord', 'forest', 'glade', 'harbor', 'heath', 'hill', 'island', 'lake', 'maple', 'meadow', 'moor', 'oak', 'peak', 'pine', 'pond', 'ridge', 'river', 'shore', 'stone', 'valley', 'willow'] // prettier-ignore

/** E.g. `calm-river-17`. Not unique. @param randomInt uniform integer in [0, n) */
export function drawRunName(randomInt: (n: number) => number): string {
  const [first, second] = [FIRST[randomInt(FIRST.length)], SECOND[randomInt(SECOND.length)]]
  return `${first}-${second}-${randomInt(99) + 1}`
}
