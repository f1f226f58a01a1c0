// A run as W&B's filters see it, for tests.
import type { WandbRunFacts } from '../../../../controller/wandb/run-fields.ts'

export function wandbRun(own: Partial<WandbRunFacts> = {}): WandbRunFacts {
  return {
    name: 'r1',
    displayName: 'eager-fox-1',
    states: ['finished'],
    project: 'digits',
    sweep: null,
    group: null,
    jobType: null,
    tags: [],
    notes: '',
    commit: null,
    host: 'gpu-3',
    user: 'sweep',
    createdAt: Date.UTC(2026, 0, 10),
    heartbeatAt: null,
    duration: null,
    config: {},
    summary: {},
    ...own,
  }
}
