// The unmodified W&B client for the tests that need it: in .cache/wandb, from a folder of wheels beside the project. Where
// there is no such folder, or it does not fit this machine, those tests are skipped, and this says so.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, SetupError, indent, run, step } from './steps.mjs'

const SETUP = join(ROOT, '..', 'shared', 'wandb-client', 'setup.sh')
const HOME = join(ROOT, '.cache', 'wandb')
const UNFIT = 3

/** @throws SetupError when it fits this machine and cannot be installed */
export function installWandbClient() {
  if (existsSync(join(HOME, 'bin', 'wandb'))) return
  if (!existsSync(SETUP)) return skip(`there is no ${SETUP}`)
  let unfit = null
  step("installing W&B's client for the tests", () => {
    const result = run(SETUP, [HOME])
    if (result.ok) return
    if (result.status !== UNFIT)
      throw new SetupError(`W&B's client could not be installed.\n${indent(result.output)}`)
    unfit = result.output
  })
  if (unfit !== null) skip(unfit)
}

function skip(reason) {
  process.stderr.write(`! THE TESTS WITH W&B'S CLIENT ARE SKIPPED: ${reason}\n`)
}
