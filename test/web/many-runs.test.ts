// Every screen but the overview, which has its own tests, on a sweep of 10,000 runs: it comes, says its answer, and stays
// small enough to scroll.
import { beforeAll, expect, it } from 'vitest'
import { fillWatchedSweep, type WatchedSweep } from '../support/watched-sweep.ts'
import { useVisits } from './visits.ts'

const COUNT = 10_000
const MAX_NODES = 1_500
/** A page of 100 runs. */
const MAX_NODES_OF_LIST = 2_500

const visits = useVisits({ clock: 'now' })
let filled: WatchedSweep
beforeAll(async () => {
  filled = await fillWatchedSweep(visits.api.store, {
    count: COUNT,
    running: 40,
    failed: 100,
    nowMs: Date.now(),
  })
}, 120_000)

const ids = () => filled.runs.slice(0, 3).map(({ id }) => id)

it.each([
  ['the list of sweeps', () => '/', /\/10,?000/, MAX_NODES],
  ['the analysis', () => `/s/${filled.sweep.id}/analysis`, /of [\d,]+ runs, sampled evenly/, MAX_NODES],
  ['the agents of the sweep', () => `/s/${filled.sweep.id}/agents`, 'gpu-', MAX_NODES],
  ['the config', () => `/s/${filled.sweep.id}/config`, 'val_loss', MAX_NODES],
  ['the comparison', () => `/s/${filled.sweep.id}/compare?r=${ids().join(',')}`, 'Compare 3 runs', MAX_NODES],
  ['a run', () => `/s/${filled.sweep.id}/r/${ids()[0]}`, 'What happened', MAX_NODES],
  ['all agents', () => '/agents', 'gpu-', MAX_NODES],
  ['the projects', () => '/projects', /10,?000/, MAX_NODES],
  [
    'a project with the runs of its sweeps',
    () => `/me/${filled.sweep.project}?runs=all`,
    /10,?000 runs/,
    MAX_NODES_OF_LIST,
  ],
])('shows %s', async (_, path, text, maxNodes) => {
  const page = await visits.open(path())
  await page.getByText(text).first().waitFor({ timeout: 25_000 })
  expect(await page.evaluate('document.querySelectorAll("*").length')).toBeLessThan(maxNodes)
})
