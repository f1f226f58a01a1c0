// What the store remembers of tokens, sessions and tickets. A part of store.ts, with the same promises; secrets are
// stored as hashes only.
import type { SessionRecord, TicketRecord, TokenRecord } from './access.ts'

export interface AccessReads {
  /** One look-up by index, whatever is found. Revoked and expired ones are found too. */
  findTokenByHash(hash: string): Promise<TokenRecord | null>
  /** Newest first, revoked and expired ones too. */
  listTokens(): Promise<TokenRecord[]>
  findSession(hash: string): Promise<SessionRecord | null>
}

export interface AccessWrites extends AccessReads {
  insertToken(token: TokenRecord): Promise<void>
  /** Sets the time unless it was revoked before. */
  revokeToken(id: string, at: number): Promise<void>
  /** Sets the time of last use; never back. */
  touchToken(id: string, at: number): Promise<void>
  insertSession(session: SessionRecord): Promise<void>
  /** As touchToken. Nothing happens when the session has ended. */
  touchSession(hash: string, at: number): Promise<void>
  /** @returns whether there was one */
  deleteSession(hash: string): Promise<boolean>
  insertTicket(ticket: TicketRecord): Promise<void>
  /** Takes the ticket out of the store: nobody else gets it. */
  takeTicket(hash: string): Promise<TicketRecord | null>
  /** Forgets sessions and tickets that expired at or before `now`, and sessions not seen since `idleSince`. */
  deleteEndedSessions(now: number, idleSince: number): Promise<void>
}
