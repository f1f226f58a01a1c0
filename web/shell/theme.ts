// Light, dark, or as the system says; kept by the browser.
export type Theme = 'system' | 'light' | 'dark'
const KEY = 'sweep.theme'

export function chosenTheme(): Theme {
  const kept = window.localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

export function applyTheme(theme: Theme = chosenTheme()): void {
  if (theme === 'system') window.localStorage.removeItem(KEY)
  else window.localStorage.setItem(KEY, theme)
  const isDark =
    theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light'
  window.dispatchEvent(new Event('sweep-theme')) // charts read their colours anew
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => applyTheme())
