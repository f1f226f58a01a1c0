// An entry of the change log in words: its name without what it is about, and its small facts. Pure.
const MAX_FACT = 120

export function describeEvent(event: string, facts: Readonly<Record<string, unknown>>): string {
  const words = event.replace(/^[a-z]+\./, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  const told = Object.entries(facts).flatMap(([name, value]) => {
    if (name === 'by' || value === null || value === undefined || value === '') return []
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const short = text.length > MAX_FACT ? `${text.slice(0, MAX_FACT)}…` : text
    return [name === 'reason' ? short : `${name} ${short}`]
  })
  return told.length === 0 ? words : `${words}: ${told.join(', ')}`
}
