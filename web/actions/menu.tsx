// A button that opens a short list of buttons and links; it closes by Escape, by a click elsewhere, and by a choice.
import { useEffect, useRef, useState, type ReactNode } from 'react'
import './menu.css'

interface MenuProps {
  readonly label: string
  readonly children: ReactNode
}

export function Menu({ label, children }: MenuProps) {
  const [place, setPlace] = useState<Place | null>(null)
  const isOpen = place !== null
  const element = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!isOpen) return
    const close = (event: Event): void => {
      if (!(event.target instanceof Node) || element.current?.contains(event.target) !== true) setPlace(null)
    }
    window.addEventListener('pointerdown', close)
    window.addEventListener('focusin', close)
    return () => {
      window.removeEventListener('pointerdown', close)
      window.removeEventListener('focusin', close)
    }
  }, [isOpen])
  return (
    <div
      ref={element}
      className="menu"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return
        event.stopPropagation()
        setPlace(null)
        button.current?.focus()
      }}
    >
      <button
        ref={button}
        aria-expanded={isOpen}
        onClick={() => setPlace(isOpen ? null : findPlace(button.current))}
      >
        {label} <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <div
          className={`menu-list ${place.isUp ? 'menu-up' : 'menu-down'}`}
          style={{ maxHeight: place.room }}
          onClick={(event) => {
            const isChoice = event.target instanceof Element && event.target.closest('button, a') !== null
            if (isChoice) setPlace(null)
          }}
        >
          {children}
        </div>
      )}
    </div>
  )
}

interface Place {
  readonly isUp: boolean
  /** Pixels. */
  readonly room: number
}

/** Less room than this, and the list opens where there is more. */
const ENOUGH_PX = 320

function findPlace(button: HTMLButtonElement | null): Place {
  const { top, bottom } = button?.getBoundingClientRect() ?? { top: 0, bottom: 0 }
  const below = window.innerHeight - bottom - 12
  const isUp = below < ENOUGH_PX && top - 12 > below
  return { isUp, room: Math.min(480, isUp ? top - 12 : below) }
}
