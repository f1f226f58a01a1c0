import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Six tiers. `unit` is pure and part of `npm run check`; the others need a build and a real redis-server
// (scripts/test.mjs sees to both). `wandb` needs W&B's client: its tests wait most of the time, so several files run at once. `web` drives
// the built dashboard in Chromium.
interface TierOptions {
  readonly isolate?: boolean
  readonly exclude?: string[]
}
const tier = (name: string, include: string[], testTimeout: number, options: TierOptions = {}) => ({
  test: {
    name,
    include,
    exclude: options.exclude ?? [],
    testTimeout,
    hookTimeout: testTimeout,
    pool: 'forks' as const,
    isolate: options.isolate ?? true,
  },
})

const WANDB = ['test/integration/wandb/**/*.test.ts', 'test/e2e/wandb-{agents,examples}.test.ts']

/** Files that take half a minute and more, the longest first. Begun last, one of them would keep a tier waiting alone. */
const LONGEST = [
  ...[
    'e2e/chaos-machines',
    'e2e/chaos',
    'e2e/postgres',
    'e2e/wandb-examples',
    'e2e/outages',
    'e2e/quickstart',
  ],
  ...['e2e/early-stopping', 'e2e/bad-input', 'e2e/three-hosts', 'wandb/sweeps-agent-killed'],
  ...[
    'wandb/sweeps-agent-stops',
    'wandb/sweeps-manage',
    'wandb/sweeps-agent',
    'wandb/our-agent',
    'wandb/runs',
  ],
  ...['integration/agent', 'dispatch/polling-agents', 'dispatch/dispatch', 'contract/store-postgres'],
  ...['web/overview', 'web/run-screen', 'web/compare-screen'],
].map((name) => `/${name}.test.ts`)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(name))
      return place === -1 ? LONGEST.length : place
    }
    return sorted.sort((left, right) => placeOf(left) - placeOf(right))
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      // Without a module graph for each file: half of their time went into loading the same modules again
      tier('unit', ['test/unit/**/*.test.{ts,tsx}', 'test/*.test.ts'], 10_000, { isolate: false }),
      tier('contract', ['test/contract/**/*.test.ts'], 30_000),
      tier('integration', ['test/integration/**/*.test.ts'], 60_000, { exclude: WANDB }),
      tier('wandb', WANDB, 180_000),
      tier('web', ['test/web/**/*.test.ts'], 60_000),
      tier('e2e', ['test/e2e/**/*.test.ts'], 180_000, { exclude: WANDB }),
    ],
  },
})
