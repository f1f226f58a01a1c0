// Who asks, asked for before the page is there: nothing is drawn until that is known.
let asked: Promise<Response | null> | null = null

/** Asks while the page is still being loaded. */
export function askPrincipalEarly(): void {
  asked = fetch('/api/v1/whoami', { credentials: 'same-origin' }).catch(() => null)
}

/** The answer, once; null: it was not asked for, was taken, or did not come. */
export async function takeEarlyPrincipal(): Promise<Response | null> {
  const answer = asked
  asked = null
  return answer
}
