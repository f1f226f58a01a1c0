// An error that the HTTP status says too: W&B's client looks at it for some of its requests.
import { SweepError } from '../../sweeps/errors.ts'

export class StatusError extends SweepError {
  constructor(error: SweepError) {
    super(error.code, error.message, { hint: error.hint, at: error.at, cause: error })
    this.name = 'StatusError'
  }
}
