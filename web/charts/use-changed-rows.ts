// Which runs changed since a chart last looked, gathered from the messages of the stream.
import { useEffect, useMemo } from 'react'
import { followerOf } from '../live/use-sweep.ts'

export interface ChangedRows {
  /** Since the last call. null: any run may have changed. */
  take(): ReadonlySet<number> | null
}

export function useChangedRows(sweepRef: string): ChangedRows {
  const gathered = useMemo(() => ({ rows: null as Set<number> | null }), [])
  useEffect(
    () =>
      followerOf(sweepRef).subscribe((change) => {
        if (change === null || change.isMoved) gathered.rows = null
        else for (const row of change.rows) gathered.rows?.add(row)
      }),
    [sweepRef, gathered],
  )
  return useMemo(
    () => ({
      take() {
        const { rows } = gathered
        gathered.rows = new Set()
        return rows
      },
    }),
    [gathered],
  )
}
