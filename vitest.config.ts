import { defineConfig } from 'vitest/config'

// Four tiers. `unit` is pure and part of `npm run check`; the others need a build and a real redis-server
// (scripts/test.mjs sees to both).
const tier = (name: string, include: string[], testTimeout: number) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout, pool: 'forks' as const },
})

export default defineConfig({
  test: {
    projects: [
      tier('unit', ['test/unit/**/*.test.ts', 'test/*.test.ts'], 10_000),
      tier('contract', ['test/contract/**/*.test.ts'], 30_000),
      tier('integration', ['test/integration/**/*.test.ts'], 60_000),
      tier('e2e', ['test/e2e/**/*.test.ts'], 180_000),
    ],
  },
})
