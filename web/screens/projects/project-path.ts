// Addresses of projects: those that W&B's client prints. Which entity stands in them means nothing here.
const ENTITY = 'sweep'

export function projectPath(project: string): string {
  return `/${ENTITY}/${encodeURIComponent(project)}`
}

export function groupPath(project: string, group: string): string {
  return `${projectPath(project)}/groups/${encodeURIComponent(group)}`
}
