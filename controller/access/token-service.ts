// The use cases on tokens: make, list, revoke. The admin token of the data folder is not among them: it is changed in
// its file.
import type { Clock } from '../../runtime/clock.ts'
import type { CreateTokenRequest } from '../../sweeps/access-schema.ts'
import type { TokenRecord } from '../../sweeps/access.ts'
import { createSecret, hashSecret } from '../../sweeps/access-token.ts'
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import { createId } from '../../sweeps/sweep.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import { labelOf } from './authenticator.ts'
import type { Principal } from './authenticator.ts'

/** As for every id. */
const MIN_PREFIX = 3

export interface TokenService {
  /** @returns the token's text too, which is not kept */
  createToken(request: CreateTokenRequest, by: Principal): Promise<{ token: TokenRecord; secret: string }>
  listTokens(): Promise<TokenRecord[]>
  /**
   * From the commit on, no request with the token and no session of it is served. Doing it twice changes nothing.
   * @param ref an id or a unique prefix of one
   * @throws SweepError NOT_FOUND, AMBIGUOUS_ID
   */
  revokeToken(ref: string): Promise<{ token: TokenRecord; changed: boolean }>
}

export function createTokenService(deps: {
  readonly store: SweepStore
  readonly clock: Clock
  readonly randomInt: (n: number) => number
}): TokenService {
  const { store, clock, randomInt } = deps
  return {
    async createToken(request, by) {
      const secret = createSecret('token', randomInt)
      const id = createId(randomInt)
      const createdAt = clock.now()
      const token: TokenRecord = {
        id,
        name: request.name ?? id,
        role: request.role,
        hash: hashSecret(secret),
        createdBy: labelOf(by),
        createdAt,
        expiresAt: createdAt + request.ttlSeconds * 1000,
        revokedAt: null,
        lastUsedAt: null,
      }
      await store.write((tx) => tx.access.insertToken(token))
      return { token, secret }
    },

    listTokens: () => store.access.listTokens(),

    revokeToken: (ref) =>
      store.write(async (tx) => {
        const token = findByRef(await tx.access.listTokens(), ref)
        if (token.revokedAt !== null) return { token, changed: false }
        const revokedAt = clock.now()
        await tx.access.revokeToken(token.id, revokedAt)
        return { token: { ...token, revokedAt }, changed: true }
      }),
  }
}

function findByRef(tokens: readonly TokenRecord[], ref: string): TokenRecord {
  const fits = tokens.filter(({ id }) => id === ref || (ref.length >= MIN_PREFIX && id.startsWith(ref)))
  const [first] = fits
  if (first === undefined) throw new NotFoundError('token', ref)
  if (fits.length > 1) {
    throw new SweepError('AMBIGUOUS_ID', `"${ref}" fits ${fits.length} tokens`, {
      hint: `Give more characters: ${fits.map(({ id }) => id).join(', ')}`,
    })
  }
  return first
}
