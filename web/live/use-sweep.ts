// React's way to the followed sweep, and to what else the feed changes.
import { useQueryClient, type QueryKey } from '@tanstack/react-query'
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { ChangesMessage } from '../api/records.ts'
import { changeFeed, type FeedState } from './change-feed.ts'
import { SweepFollower, type FollowedSweep } from './follow-sweep.ts'

export type { FollowedSweep }

const followers = new Map<string, SweepFollower>()

/** One follower for each sweep, so that screens of one sweep share its table. */
export function followerOf(ref: string): SweepFollower {
  const known = followers.get(ref)
  if (known !== undefined) return known
  const follower = new SweepFollower(ref)
  followers.set(ref, follower)
  return follower
}

/** Renders again at every change of the sweep; charts that draw by themselves subscribe to the follower instead. */
export function useSweep(ref: string): FollowedSweep {
  const follower = useMemo(() => followerOf(ref), [ref])
  return useSyncExternalStore(follower.subscribe, follower.state)
}

export function useFeedState(): FeedState {
  return useSyncExternalStore(changeFeed.subscribeState, changeFeed.state)
}

/**
 * Asks for a query's answer again, at most once a second, when a message concerns it, or after a reset.
 * @param concerns must not change from one rendering to the next (useCallback)
 */
export function useRefetchOnChange(key: QueryKey, concerns: (message: ChangesMessage) => boolean): void {
  const client = useQueryClient()
  const text = JSON.stringify(key)
  useEffect(() => {
    let waiting: number | undefined
    const unsubscribe = changeFeed.subscribe((event) => {
      if (event.kind === 'changes' && !concerns(event.message.changes)) return
      waiting ??= window.setTimeout(() => {
        waiting = undefined
        void client.invalidateQueries({ queryKey: JSON.parse(text) as QueryKey })
      }, 1_000)
    })
    return () => {
      unsubscribe()
      window.clearTimeout(waiting)
    }
  }, [client, text, concerns])
}
