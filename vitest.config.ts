import { defineConfig } from 'vitest/config'

// Four tiers. `unit` is pure and part of `npm run check`; the others need a build and a real redis-server
// (scripts/test.mjs sees to both).
const tier = (name: string, include: string[], testTimeout: number, isolate = true) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout, pool: 'forks' as const, isolate },
})

export default defineConfig({
  test: {
    projects: [
      // Without a module graph for each file: half of their time went into loading the same modules again
      tier('unit', ['test/unit/**/*.test.ts', 'test/*.test.ts'], 10_000, false),
      tier('contract', ['test/contract/**/*.test.ts'], 30_000),
      tier('integration', ['test/integration/**/*.test.ts'], 60_000),
      tier('e2e', ['test/e2e/**/*.test.ts'], 180_000),
    ],
  },
})
