// Single keys and pairs of them (`g a`), everywhere but where somebody writes. They can be turned off (WCAG 2.1.4).
import { useEffect, useRef } from 'react'

const KEY = 'sweep.keys'
const PAIR_MS = 1_200

/** By `j`, `?`, `/` or a pair such as `g o`. */
export type KeyMap = Readonly<Record<string, () => void>>

export function areKeysOn(): boolean {
  return window.localStorage.getItem(KEY) !== 'off'
}

export function turnKeys(isOn: boolean): void {
  if (isOn) window.localStorage.removeItem(KEY)
  else window.localStorage.setItem(KEY, 'off')
}

/** Of all that is on the screen: one place, so that `g c` is not `c` to somebody else. */
const maps = new Set<{ current: KeyMap }>()
let first = ''
let firstAtMs = 0

function hearKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  if (takesKeys(event.target) || !areKeysOn()) return
  const known = [...maps].map(({ current }) => current)
  const isPair = first !== '' && performance.now() - firstAtMs < PAIR_MS
  const pressed = isPair ? `${first} ${event.key}` : event.key
  const action = known.find((map) => map[pressed] !== undefined)?.[pressed]
  const isBeginning = known.some((map) => Object.keys(map).some((key) => key.startsWith(`${pressed} `)))
  first = isBeginning ? event.key : ''
  firstAtMs = performance.now()
  if (action === undefined) return
  event.preventDefault()
  action()
}

/** Is this where text or a choice is given, so that a key is meant for it? */
function takesKeys(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.closest('dialog') !== null) return true
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox' && target.type !== 'radio'
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}

/** These keys do this as long as the component is on the screen. */
export function useKeys(keys: KeyMap): void {
  const current = useRef(keys)
  useEffect(() => {
    current.current = keys
  })
  useEffect(() => {
    if (maps.size === 0) window.addEventListener('keydown', hearKey)
    maps.add(current)
    return () => {
      maps.delete(current)
      if (maps.size === 0) window.removeEventListener('keydown', hearKey)
    }
  }, [])
}
