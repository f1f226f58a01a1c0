// What every screen stands in: the header, the banner when the server is away, and the region that speaks to screen
// readers.
import { useEffect, useState, type ReactNode } from 'react'
import { Link, useRoute } from 'wouter'
import { useFeedState } from '../live/use-sweep.ts'
import './frame.css'
import { LiveRegion } from './announce.tsx'
import { ThemeChoice } from './theme-choice.tsx'
import { usePrincipal } from './session.tsx'

export function Frame({ children }: { readonly children: ReactNode }) {
  const principal = usePrincipal()
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <header className="frame-header">
        <Link href="/" className="frame-brand">
          sweep
        </Link>
        <nav aria-label="Main" className="row">
          <NavLink href="/">Sweeps</NavLink>
          <NavLink href="/projects">Projects</NavLink>
          <NavLink href="/agents">Agents</NavLink>
        </nav>
        <span className="grow" />
        {principal.role === 'admin' ? (
          <Link href="/new" className="button">
            New sweep
          </Link>
        ) : (
          <span className="muted" title="Your token may only look">
            read-only
          </span>
        )}
        <ThemeChoice />
        <NavLink href="/settings">{principal.name}</NavLink>
      </header>
      <StaleBanner />
      <main id="main" className="frame-main">
        {children}
      </main>
      <LiveRegion />
    </>
  )
}

function NavLink({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  const [isHere] = useRoute(href)
  return (
    <Link href={href} className="frame-link" aria-current={isHere ? 'page' : undefined}>
      {children}
    </Link>
  )
}

function StaleBanner() {
  const { isConnected, lastHeardAtMs } = useFeedState()
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    if (isConnected) return
    setNowMs(Date.now())
    const ticking = window.setInterval(() => setNowMs(Date.now()), 1_000)
    return () => window.clearInterval(ticking)
  }, [isConnected])
  if (isConnected) return null
  const seconds = Math.max(0, Math.round((nowMs - lastHeardAtMs) / 1000))
  return (
    <div className="banner stale-banner" role="status">
      The server does not answer. Last update {seconds} s ago, trying again. What is shown stays.
    </div>
  )
}
