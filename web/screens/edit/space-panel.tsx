// The space as a table: a row each parameter, a column each version of the file; what a version changed is marked.
import { useQuery } from '@tanstack/react-query'
import type { components } from '../../api/openapi.d.ts'
import { formatMoment, toMs } from '../../format/time.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { Late } from '../../shell/late.tsx'
import { validate } from './use-validation.ts'

export type SpecVersion = components['schemas']['ListSpecVersionsResponse']['versions'][number]

/** Older ones are in the diff. */
const MAX_VERSIONS = 5

interface VersionedSpace {
  readonly version: number
  readonly createdAt: string
  /** What each parameter may be, in words. */
  readonly texts: ReadonlyMap<string, string>
}

async function readSpaces(versions: readonly SpecVersion[]): Promise<VersionedSpace[]> {
  return Promise.all(
    versions.map(async ({ version, config, createdAt }) => {
      const { parameters } = await validate(config, 0)
      return {
        version,
        createdAt,
        texts: new Map(parameters.map(({ name, text }) => [name, text.slice(name.length + 1)])),
      }
    }),
  )
}

export function SpacePanel({ versions }: { readonly versions: readonly SpecVersion[] }) {
  const shown = versions.slice(-MAX_VERSIONS)
  const { data, error, refetch } = useQuery({
    queryKey: ['spaces', shown.map(({ version, config }) => [version, config])],
    queryFn: () => readSpaces(shown),
    staleTime: Infinity,
  })
  return (
    <section className="panel config-panel" aria-labelledby="space-heading">
      <h2 id="space-heading">Space</h2>
      {data === undefined && error === null && <Late what="The space" rows={4} />}
      {error !== null && <FailedRequest what="The space" error={error} onRetry={() => void refetch()} />}
      {data !== undefined && <SpaceTable spaces={data} />}
      {versions.length > MAX_VERSIONS && (
        <p className="muted">
          The newest {MAX_VERSIONS} of {versions.length} versions.
        </p>
      )}
    </section>
  )
}

function SpaceTable({ spaces }: { readonly spaces: readonly VersionedSpace[] }) {
  const names = [...new Set([...spaces].reverse().flatMap(({ texts }) => [...texts.keys()]))]
  return (
    <div className="space-scroller" tabIndex={0} role="region" aria-label="Space">
      <table>
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            {spaces.map(({ version, createdAt }) => (
              <th key={version} scope="col" title={formatMoment(toMs(createdAt))}>
                {spaces.length === 1 ? 'May be' : `v${version}`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {spaces.map(({ version, texts }, index) => {
                const before = index === 0 ? texts : (spaces[index - 1]?.texts ?? texts)
                const text = texts.get(name)
                const isChanged = before.get(name) !== text
                return (
                  <td key={version} className={`mono ${isChanged ? 'space-changed' : ''}`}>
                    {text ?? <span className="muted">not there</span>}
                    {isChanged && <span className="visually-hidden"> (changed)</span>}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
