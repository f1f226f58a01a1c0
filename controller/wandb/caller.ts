// Who asks over W&B's protocol, and what that permits. Every resolver gets it as its context.
import type { Principal } from '../access/authenticator.ts'
import type { Access } from '../../sweeps/access.ts'
import { mayAccess } from '../../sweeps/access.ts'
import { SweepError } from '../../sweeps/errors.ts'

export interface Caller {
  readonly principal: Principal
  /** The address by which it calls us, without a slash at the end: URLs in answers begin with it. */
  readonly baseUrl: string
}

/**
 * @param access as for routes (sweeps/access.ts): `read` for lists of runs and sweeps, `work` for what a training or a
 *   W&B agent does, `admin` for what a person changes
 * @throws SweepError FORBIDDEN when the caller's role, or its being a run's own key, does not permit it
 */
export function requireAccess({ principal }: Caller, access: Access): void {
  if (mayAccess(principal.role, access)) return
  throw new SweepError('FORBIDDEN', `a token of role ${principal.role} may not do this`, {
    hint: 'Ask an admin for a token of another role:  sweep token new --role ROLE',
  })
}
