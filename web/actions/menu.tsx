// A button that opens a short list of buttons and links; it closes by Escape, by a click elsewhere, and by a choice.
import { useEffect, useRef, useState, type ReactNode } from 'react'
import './menu.css'

interface MenuProps {
  readonly label: string
  readonly children: ReactNode
}

export function Menu({ label, children }: MenuProps) {
  const [isOpen, setOpen] = useState(false)
  const element = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!isOpen) return
    const close = (event: Event): void => {
      if (!(event.target instanceof Node) || element.current?.contains(event.target) !== true) setOpen(false)
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
        setOpen(false)
        button.current?.focus()
      }}
    >
      <button ref={button} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {label} <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <div
          className="menu-list"
          onClick={(event) => {
            const isChoice = event.target instanceof Element && event.target.closest('button, a') !== null
            if (isChoice) setOpen(false)
          }}
        >
          {children}
        </div>
      )}
    </div>
  )
}
