// Who may do what: the roles of tokens, what each may reach, and the records of tokens and of the page's sessions.

/**
 * viewer  reads everything but secrets, changes nothing
 * agent   what an agent and its machine need: find a sweep, register, report; nothing else
 * admin   everything
 */
export const ROLES = ['viewer', 'agent', 'admin'] as const
export type Role = (typeof ROLES)[number]

/**
 * What a route asks of its caller.
 * open    nothing
 * login   the route looks at the credentials itself (the page's login)
 * anyone  any token or session that is good
 * read    to look: viewers and admins
 * work    to work runs: agents and admins
 * admin   admins
 */
export type Access = 'open' | 'login' | 'anyone' | 'read' | 'work' | 'admin'

export const ACCESS_ROLES = {
  open: ROLES,
  login: ROLES,
  anyone: ROLES,
  read: ['viewer', 'admin'],
  work: ['agent', 'admin'],
  admin: ['admin'],
} as const satisfies Record<Access, readonly Role[]>

export function mayAccess(role: Role, access: Access): boolean {
  const roles: readonly Role[] = ACCESS_ROLES[access]
  return roles.includes(role)
}

/** Times are epoch milliseconds. */
export interface TokenRecord {
  readonly id: string
  readonly name: string
  readonly role: Role
  /** SHA-256 (hex). */
  readonly hash: string
  /** Name of the token that made it. */
  readonly createdBy: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly revokedAt: number | null
  /** To the minute. */
  readonly lastUsedAt: number | null
}

/** A page that is logged in. It ends with the token that opened it. */
export interface SessionRecord {
  /** SHA-256 (hex) of the cookie's value. */
  readonly hash: string
  /** SHA-256 (hex) of the token. */
  readonly tokenHash: string
  readonly createdAt: number
  /** To the minute. */
  readonly lastSeenAt: number
  readonly expiresAt: number
}

/** Good for opening one session, once. */
export interface TicketRecord {
  readonly hash: string
  readonly tokenHash: string
  readonly expiresAt: number
}
