// `sweep agent --as-wandb`: the folder with a package `wandb` that is our Python client, for PYTHONPATH.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SweepError } from '../sweeps/errors.ts'

/** @throws SweepError USAGE when this installation came without it */
export function findAsWandbFolder(): string {
  // One folder up in the source, two in the built tree.
  for (const up of ['..', join('..', '..')]) {
    const folder = join(import.meta.dirname, up, 'clients', 'python', 'as-wandb')
    if (existsSync(join(folder, 'wandb', '__init__.py'))) return folder
  }
  throw new SweepError('USAGE', '--as-wandb: this installation came without clients/python/as-wandb', {
    hint: 'Install it whole, or install wandb for the trainings and leave the flag out.',
  })
}

/** PYTHONPATH with the folder in front. */
export function withAsWandb(folder: string, inherited: string | undefined): string {
  return inherited === undefined || inherited === '' ? folder : `${folder}${delimiter}${inherited}`
}
