// The ids of GraphQL's objects: text that clients send back as it is. A plain id of ours is taken for one too.

export function formatOpaqueId(kind: string, ...parts: readonly string[]): string {
  return Buffer.from([kind, ...parts].join(':')).toString('base64')
}

/** The parts of an id of that kind; null when it is none. */
export function parseOpaqueId(kind: string, id: string): string[] | null {
  const [found, ...parts] = Buffer.from(id, 'base64').toString('utf8').split(':')
  return found === kind ? parts : null
}
