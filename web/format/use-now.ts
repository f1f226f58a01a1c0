// The time of day for what shows ages: one timer for all of them.
import { useSyncExternalStore } from 'react'

const EVERY_MS = 5_000
let nowMs = Date.now()
let timer: number | undefined
const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= window.setInterval(() => {
    nowMs = Date.now()
    for (const told of [...listeners]) told()
  }, EVERY_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    window.clearInterval(timer)
    timer = undefined
  }
}

/** Epoch milliseconds, anew every 5 s. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs)
}
