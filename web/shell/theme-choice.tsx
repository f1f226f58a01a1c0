// Light, dark, or as the system says.
import { useState } from 'react'
import { applyTheme, chosenTheme, type Theme } from './theme.ts'

const THEMES: readonly Theme[] = ['system', 'light', 'dark']

export function ThemeChoice() {
  const [theme, setTheme] = useState(chosenTheme)
  return (
    <select
      aria-label="Theme"
      value={theme}
      onChange={(event) => {
        const chosen = THEMES.find((name) => name === event.target.value) ?? 'system'
        setTheme(chosen)
        applyTheme(chosen)
      }}
    >
      {THEMES.map((name) => (
        <option key={name} value={name}>
          {name === 'system' ? 'system theme' : name}
        </option>
      ))}
    </select>
  )
}
