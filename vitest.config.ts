import { defineConfig } from 'vitest/config'

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

export default defineConfig({
  test: {
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
