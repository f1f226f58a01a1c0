// Tokens, sessions and tickets in SQL: sweeps/access-store.ts on a session of either connection.
import type { SessionRecord, TicketRecord, TokenRecord } from '../../sweeps/access.ts'
import type { AccessReads, AccessWrites } from '../../sweeps/access-store.ts'
import type { SessionsTable, TicketsTable, TokensTable } from './schema.ts'
import { firstRowOf, insertRows, rowsOf } from './session.ts'
import type { SqlSession } from './session.ts'

export class AccessSqlReads implements AccessReads {
  constructor(protected readonly session: SqlSession) {}

  async findTokenByHash(hash: string): Promise<TokenRecord | null> {
    const query = this.session.sql.selectFrom('tokens').selectAll().where('hash', '=', hash)
    const row = await firstRowOf(this.session, query)
    return row === undefined ? null : tokenFromRow(row)
  }

  async listTokens(): Promise<TokenRecord[]> {
    const query = this.session.sql
      .selectFrom('tokens')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id')
    return (await rowsOf(this.session, query)).map(tokenFromRow)
  }

  async findSession(hash: string): Promise<SessionRecord | null> {
    const query = this.session.sql.selectFrom('sessions').selectAll().where('hash', '=', hash)
    const row = await firstRowOf(this.session, query)
    return row === undefined ? null : sessionFromRow(row)
  }
}

export class AccessSqlWrites extends AccessSqlReads implements AccessWrites {
  async insertToken(token: TokenRecord): Promise<void> {
    await insertRows(this.session, 'tokens', [{ ...tokenToRow(token) }])
  }

  async revokeToken(id: string, at: number): Promise<void> {
    const { sql } = this.session
    await this.session.run(
      sql
        .updateTable('tokens')
        .set({ revoked_at: at })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .compile(),
    )
  }

  async touchToken(id: string, at: number): Promise<void> {
    const { sql } = this.session
    await this.session.run(
      sql
        .updateTable('tokens')
        .set({ last_used_at: at })
        .where('id', '=', id)
        .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', at)]))
        .compile(),
    )
  }

  async insertSession(session: SessionRecord): Promise<void> {
    await insertRows(this.session, 'sessions', [{ ...sessionToRow(session) }])
  }

  async touchSession(hash: string, at: number): Promise<void> {
    const { sql } = this.session
    await this.session.run(
      sql
        .updateTable('sessions')
        .set({ last_seen_at: at })
        .where('hash', '=', hash)
        .where('last_seen_at', '<', at)
        .compile(),
    )
  }

  async deleteSession(hash: string): Promise<boolean> {
    const query = this.session.sql.deleteFrom('sessions').where('hash', '=', hash).returning('hash')
    return (await rowsOf(this.session, query)).length > 0
  }

  async insertTicket(ticket: TicketRecord): Promise<void> {
    const row = { hash: ticket.hash, token_hash: ticket.tokenHash, expires_at: ticket.expiresAt }
    await insertRows(this.session, 'tickets', [row])
  }

  async takeTicket(hash: string): Promise<TicketRecord | null> {
    const query = this.session.sql.deleteFrom('tickets').where('hash', '=', hash).returningAll()
    const row = await firstRowOf(this.session, query)
    return row === undefined ? null : ticketFromRow(row)
  }

  async deleteEndedSessions(now: number, idleSince: number): Promise<void> {
    const { sql } = this.session
    await this.session.run(sql.deleteFrom('tickets').where('expires_at', '<=', now).compile())
    await this.session.run(
      sql
        .deleteFrom('sessions')
        .where((eb) => eb.or([eb('expires_at', '<=', now), eb('last_seen_at', '<', idleSince)]))
        .compile(),
    )
  }
}

function tokenToRow(token: TokenRecord): TokensTable {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    hash: token.hash,
    created_by: token.createdBy,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    revoked_at: token.revokedAt,
    last_used_at: token.lastUsedAt,
  }
}

function tokenFromRow(row: TokensTable): TokenRecord {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    hash: row.hash,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }
}

function sessionToRow(session: SessionRecord): SessionsTable {
  return {
    hash: session.hash,
    token_hash: session.tokenHash,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
  }
}

function sessionFromRow(row: SessionsTable): SessionRecord {
  return {
    hash: row.hash,
    tokenHash: row.token_hash,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
  }
}

function ticketFromRow(row: TicketsTable): TicketRecord {
  return { hash: row.hash, tokenHash: row.token_hash, expiresAt: row.expires_at }
}
