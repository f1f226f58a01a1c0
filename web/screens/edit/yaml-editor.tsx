// A text area for a sweep file, with the numbers of its lines; those with a problem are marked.
import { useRef, type RefObject } from 'react'
import './edit.css'

interface YamlEditorProps {
  readonly text: string
  readonly onText: (text: string) => void
  readonly label: string
  readonly problemLines: ReadonlySet<number>
  readonly area: RefObject<HTMLTextAreaElement | null>
  /** @default false */
  readonly isReadOnly?: boolean
}

export function YamlEditor({ text, onText, label, problemLines, area, isReadOnly = false }: YamlEditorProps) {
  const gutter = useRef<HTMLDivElement>(null)
  const count = text.split('\n').length
  return (
    <div className="yaml-editor">
      <div className="yaml-gutter" ref={gutter} aria-hidden="true">
        {Array.from({ length: count }, (_, index) => (
          <div key={index} className={problemLines.has(index + 1) ? 'yaml-bad' : undefined}>
            {index + 1}
          </div>
        ))}
      </div>
      <textarea
        ref={area}
        aria-label={label}
        aria-invalid={problemLines.size > 0}
        value={text}
        readOnly={isReadOnly}
        onChange={(event) => onText(event.target.value)}
        onScroll={(event) => {
          if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop
        }}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        wrap="off"
      />
    </div>
  )
}

/** Puts the caret at a place of the text, from 1. */
export function goTo(area: HTMLTextAreaElement | null, line: number, column: number): void {
  if (area === null) return
  const lines = area.value.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0)
  const at = before + Math.min(column - 1, lines[line - 1]?.length ?? 0)
  area.focus()
  area.setSelectionRange(at, at)
  area.scrollTop = Math.max(0, (line - 4) * 20)
}
