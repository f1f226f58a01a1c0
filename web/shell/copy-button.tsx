// Copies a text, also where the clipboard is not given (plain HTTP on another machine's address).
import { useEffect, useState } from 'react'

interface CopyButtonProps {
  /** What is copied; a function is asked at the click. */
  readonly text: string | (() => string)
  readonly children: string
}

export function CopyButton({ text, children }: CopyButtonProps) {
  const [said, setSaid] = useState<string | null>(null)
  useEffect(() => {
    if (said === null) return
    const timer = window.setTimeout(() => setSaid(null), 2_000)
    return () => window.clearTimeout(timer)
  }, [said])
  return (
    <button onClick={() => void copy(typeof text === 'string' ? text : text()).then(setSaid)}>
      {said ?? children}
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </button>
  )
}

async function copy(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text)
    return 'Copied'
  } catch {
    return copyByHand(text) ? 'Copied' : 'Not copied'
  }
}

/** The old way, which a page over plain HTTP may use. */
function copyByHand(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'visually-hidden'
  document.body.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  return isCopied
}
