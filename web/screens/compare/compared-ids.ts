// Which runs an address names, and the colour of each. Pure.

export function idsOf(text: string): string[] {
  return [...new Set(text.split(',').map((id) => id.trim()))].filter((id) => id !== '')
}

/** A pinned run keeps the colour of its pin; the others take the free ones in order. */
export function chooseColours(ids: readonly string[], pinned: readonly string[]): number[] {
  const taken = new Set(ids.map((id) => pinned.indexOf(id)).filter((place) => place >= 0))
  let next = 0
  return ids.map((id) => {
    const place = pinned.indexOf(id)
    if (place >= 0) return place
    while (taken.has(next)) next += 1
    next += 1
    return next - 1
  })
}
