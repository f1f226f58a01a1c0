// A button that opens a short list of things to do; arrows, Home, End and Escape work, a press outside closes it.
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'

export interface MenuItem {
  readonly label: string
  choose(): void
  /** Why it cannot be chosen now. */
  readonly problem?: string | null
}

export function Menu({ label, items }: { readonly label: string; readonly items: readonly MenuItem[] }) {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const listId = useId()

  useEffect(() => {
    if (!isOpen) return
    entries(root.current)[0]?.focus()
    const close = (event: PointerEvent) => {
      if (!(event.target instanceof Node && root.current?.contains(event.target))) setOpen(false)
    }
    document.addEventListener('pointerdown', close)
    return () => document.removeEventListener('pointerdown', close)
  }, [isOpen])

  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen) return
    const all = entries(root.current)
    const at = all.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key]
    if (to !== undefined) {
      event.preventDefault()
      all[to % all.length]?.focus()
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      setOpen(false)
      if (event.key === 'Escape') button.current?.focus()
    }
    event.stopPropagation() // the screen's single keys are not meant here
  }

  return (
    <div ref={root} className="chart-menu" onKeyDown={onKeyDown}>
      <button
        ref={button}
        className="button-plain chart-menu-button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? listId : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <span aria-hidden="true">⋯</span>
      </button>
      {isOpen && (
        <div id={listId} className="chart-menu-list" role="menu" aria-label={label}>
          {items.map(({ label: text, choose, problem = null }) => (
            <button
              key={text}
              className="button-plain"
              role="menuitem"
              tabIndex={-1}
              aria-disabled={problem !== null}
              title={problem ?? undefined}
              onClick={() => {
                if (problem !== null) return
                setOpen(false)
                button.current?.focus()
                choose()
              }}
            >
              {text}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

function entries(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
}
