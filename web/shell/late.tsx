// What stands in the place of something that is being loaded, of about its size: nothing for the first 150 ms.
import { useEffect, useState } from 'react'
import './late.css'

interface LateProps {
  /** What is being loaded, for screen readers. */
  readonly what: string
  /** Rows of the skeleton. @default 6 */
  readonly rows?: number
}

export function Late({ what, rows = 6 }: LateProps) {
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    const timer = window.setTimeout(() => setShown(true), 150)
    return () => window.clearTimeout(timer)
  }, [])
  if (!isShown) return null
  return (
    <div className="late" role="status" aria-label={`${what} is being loaded`}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} />
      ))}
    </div>
  )
}
