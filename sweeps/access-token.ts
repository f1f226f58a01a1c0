// The text of tokens and of the page's secrets: how one is made, recognised and hashed. Who may do what with one is in
// access.ts.
import { createHash } from 'node:crypto'

/** Every token, also one that its owner has chosen. */
export const TOKEN_PATTERN = /^[A-Za-z0-9_]{48,}$/

/** What a secret of ours starts with, for people and for scanners that look for leaked ones. */
export const SECRET_PREFIXES = { token: 'swp_', session: 'sws_', ticket: 'swt_' } as const
export type SecretKind = keyof typeof SECRET_PREFIXES

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** 62^48 = 2^285 secrets. */
const RANDOM_LETTERS = 48
const CHECKSUM_LETTERS = 6

/**
 * Makes a secret: prefix, 48 random letters, 6 letters of checksum over both.
 * @param randomInt uniform integer in [0, n), from a source that cannot be predicted
 */
export function createSecret(kind: SecretKind, randomInt: (n: number) => number): string {
  const letters = Array.from({ length: RANDOM_LETTERS }, () => LETTERS.charAt(randomInt(LETTERS.length)))
  const body = `${SECRET_PREFIXES[kind]}${letters.join('')}`
  return body + checksumOf(body)
}

/**
 * Is it a token of our making that was changed on its way: a letter mistyped, lost or doubled? The checksum keeps no
 * secret, so this may be told to anybody. Tokens that their owner has chosen, and those of the first version (56
 * letters), have no checksum and are never damaged.
 */
export function isDamagedToken(text: string): boolean {
  const { token: prefix } = SECRET_PREFIXES
  const length = prefix.length + RANDOM_LETTERS + CHECKSUM_LETTERS
  if (!text.startsWith(prefix) || text.length === length - 2) return false
  const body = text.slice(0, -CHECKSUM_LETTERS)
  return text.length !== length || text !== body + checksumOf(body)
}

/** SHA-256 in hex: all that is stored of a secret. */
export function hashSecret(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** 62^6 = 3.6e10 below 2^40: five bytes of the hash make six letters. */
function checksumOf(body: string): string {
  let rest = createHash('sha256').update(body).digest().readUIntBE(0, 5)
  let text = ''
  while (text.length < CHECKSUM_LETTERS) {
    text += LETTERS.charAt(rest % LETTERS.length)
    rest = Math.floor(rest / LETTERS.length)
  }
  return text
}
