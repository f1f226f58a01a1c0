// The server's answers are passed on under --json as they stand: a run's config keeps 1 and 1.0 apart in its text,
// which JSON.parse and JSON.stringify would lose.

/** Puts a `schema` member first into the text of a JSON object. */
export function withSchema(object: string, schema: string): string {
  const body = object.trim().slice(1).trimStart()
  return `{"schema":${JSON.stringify(schema)}${body === '}' ? '' : ','}${body}`
}
