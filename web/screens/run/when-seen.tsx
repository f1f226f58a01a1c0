// Draws what is far down the page only when it comes near: a run may have a hundred metrics.
import { useEffect, useRef, useState, type ReactNode } from 'react'

interface WhenSeenProps {
  /** Of the part that will be there: links lead to its place meanwhile. */
  readonly id?: string
  /** Pixels that are held free until then. */
  readonly height: number
  readonly children: ReactNode
}

export function WhenSeen({ id, height, children }: WhenSeenProps) {
  const box = useRef<HTMLDivElement>(null)
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    if (isSeen || box.current === null) return
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true)
      },
      { rootMargin: '400px' },
    )
    watcher.observe(box.current)
    return () => watcher.disconnect()
  }, [isSeen])
  if (isSeen) return <>{children}</>
  return <div ref={box} id={id} style={{ minHeight: height }} />
}
