// The use cases on projects: list them, make one. A project is a name; it needs no making before its first run.
import type { Clock } from '../runtime/clock.ts'
import { MAX_NAME_LENGTH } from '../sweeps/api-schema.ts'
import { SweepError } from '../sweeps/errors.ts'
import type { ProjectRecord, SweepStore } from '../sweeps/store.ts'

export interface ProjectService {
  /** In the order in which they came. */
  listProjects(): Promise<ProjectRecord[]>
  /** Doing it twice changes nothing. @throws SweepError REQUEST_INVALID */
  createProject(name: string): Promise<{ project: ProjectRecord; isNew: boolean }>
}

export function createProjectService(deps: {
  readonly store: SweepStore
  readonly clock: Clock
}): ProjectService {
  const { store, clock } = deps
  return {
    listProjects: () => store.listProjects(),

    async createProject(name) {
      if (name.trim() === '' || name.length > MAX_NAME_LENGTH) {
        throw new SweepError('REQUEST_INVALID', `name: expected 1 to ${MAX_NAME_LENGTH} characters`, {
          at: 'name',
          hint: 'For example: digits',
        })
      }
      const project: ProjectRecord = { name, createdAt: clock.now() }
      const isNew = await store.write((tx) => tx.addProject(project))
      return { project, isNew }
    },
  }
}
