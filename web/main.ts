// The first script of the page, and small: it sets the theme before anything is drawn and asks for what the page will
// show while the rest is still being loaded.
import './style/tokens.css'
import './style/base.css'
import { fetchSnapshotEarly } from './live/follow-sweep.ts'
import { askPrincipalEarly } from './shell/early-principal.ts'
import { applyTheme } from './shell/theme.ts'

applyTheme()
if (!window.location.hash.startsWith('#ticket=')) askPrincipalEarly()
// A run's screen needs no snapshot of its sweep.
const sweepRef = /^\/s\/([^/]+)(?:\/(?!r\/)|$)/.exec(window.location.pathname)?.[1]
if (sweepRef !== undefined) fetchSnapshotEarly(decodeURIComponent(sweepRef))
void import('./app.tsx').then(({ startApp }) => startApp())
