import { randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  createSecret,
  hashSecret,
  isDamagedToken,
  SECRET_PREFIXES,
  TOKEN_PATTERN,
  type SecretKind,
} from '../../../sweeps/access-token.ts'

const draw = (n: number) => randomInt(n)

describe('a secret of our making', () => {
  it.each(Object.keys(SECRET_PREFIXES) as SecretKind[])(
    'is a token by its form, and says that it is a %s',
    (kind) => {
      const secret = createSecret(kind, draw)
      expect(secret).toMatch(TOKEN_PATTERN)
      expect(secret.startsWith(SECRET_PREFIXES[kind])).toBe(true)
      expect(secret).toHaveLength(58)
    },
  )

  it('is another one each time, with every letter in every place of the 48 random ones', () => {
    const secrets = Array.from({ length: 2_000 }, () => createSecret('token', draw))
    expect(new Set(secrets).size).toBe(2_000)
    for (let place = 4; place < 52; place += 1) {
      // 62 letters, 2,000 draws: a fair place misses one with probability 62 * (61/62)^2000 = 5e-13
      expect(new Set(secrets.map((secret) => secret.charAt(place))).size).toBe(62)
    }
  })

  it('uses the randomness that it is given and nothing else', () => {
    expect(createSecret('token', () => 0)).toBe(createSecret('token', () => 0))
    expect(createSecret('token', () => 0)).toMatch(/^swp_A{48}/)
  })
})

describe('isDamagedToken', () => {
  const token = createSecret('token', draw)

  it('finds any one letter changed, lost or doubled', () => {
    expect(isDamagedToken(token)).toBe(false)
    for (let place = 4; place < token.length; place += 1) {
      const other = token.charAt(place) === 'x' ? 'y' : 'x'
      expect(isDamagedToken(token.slice(0, place) + other + token.slice(place + 1))).toBe(true)
      expect(isDamagedToken(token.slice(0, place) + token.slice(place + 1))).toBe(true)
      expect(isDamagedToken(token.slice(0, place) + token.charAt(place) + token.slice(place))).toBe(true)
    }
  })

  it('has no opinion on tokens without a checksum: chosen ones, and those of the first version', () => {
    expect(isDamagedToken('f'.repeat(64))).toBe(false)
    expect(isDamagedToken(`swp_${'q'.repeat(52)}`)).toBe(false)
  })
})

it('a hash is SHA-256 in hex', () => {
  expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
