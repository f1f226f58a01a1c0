// Where new versions of a sweep's search space begin, among its runs.
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { answer, api } from '../api/client.ts'
import type { SweepTable } from '../live/sweep-table.ts'

export interface SpaceVersion {
  readonly version: number
  /** The first run that was created with it. */
  readonly row: number
}

const NONE: readonly SpaceVersion[] = []

/** Of versions after the first, as far as runs have been created with them. */
export function useSpaceVersions(sweepRef: string, table: SweepTable): readonly SpaceVersion[] {
  const { specVersion } = table.sweep
  const { data } = useQuery({
    queryKey: ['space-versions', sweepRef, specVersion],
    queryFn: () => answer(api.GET('/api/v1/sweeps/{ref}/versions', { params: { path: { ref: sweepRef } } })),
    enabled: specVersion > 1,
    staleTime: Infinity,
  })
  const { count } = table
  return useMemo(() => {
    if (data === undefined) return NONE
    const { createdAtMs } = table.numbers
    return data.versions
      .filter(({ version }) => version > 1)
      .map(({ version, createdAt }) => {
        const sinceMs = Date.parse(createdAt)
        let row = 0
        while (row < count && (createdAtMs.at(row) ?? 0) < sinceMs) row += 1
        return { version, row }
      })
      .filter(({ row }) => row < count)
  }, [data, table, count])
}
