// The page: who asks, which screen the address means, and what every screen stands in.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, StrictMode, Suspense, type ComponentType } from 'react'
import { createRoot } from 'react-dom/client'
import { parse } from 'regexparam'
import { matchRoute, Route, Switch } from 'wouter'
import { ApiError } from './api/client.ts'
import { changeFeed } from './live/change-feed.ts'
import OverviewScreen from './screens/overview/overview-screen.tsx'
import { Failure, PanelBoundary } from './shell/failure.tsx'
import { Frame } from './shell/frame.tsx'
import { SessionGate } from './shell/session.tsx'

interface Screen {
  /** As wouter reads it. */
  readonly path: string
  readonly Component: ComponentType
  /** Fetches it before it is asked for. */
  readonly load?: () => Promise<void>
}

/** Loaded when it is first shown, or before. What was loaded before is there at once: what is lazy is not, even then. */
function screen(path: string, load: () => Promise<{ default: ComponentType }>): Screen {
  let Loaded: ComponentType | null = null
  const Later = lazy(load)
  return {
    path,
    Component: () => (Loaded === null ? <Later /> : <Loaded />),
    load: async () => {
      Loaded = (await load()).default
    },
  }
}

/** It comes with the page (web/vite.config.ts): what is lazy shows what stands for it for 300 ms at the least. */
const OVERVIEW = { Component: OverviewScreen } as const

/** What is written out stands before what has a `:name` in its place. */
const SCREENS: readonly Screen[] = [
  screen('/', () => import('./screens/sweeps/sweeps-screen.tsx')),
  screen('/new', () => import('./screens/edit/new-screen.tsx')),
  screen('/agents', () => import('./screens/agents/fleet-screen.tsx')),
  screen('/projects', () => import('./screens/projects/projects-screen.tsx')),
  screen('/settings', () => import('./screens/settings/settings-screen.tsx')),
  screen('/authorize', () => import('./screens/settings/key-screen.tsx')),
  { path: '/s/:sweep', ...OVERVIEW },
  screen('/s/:sweep/analysis', () => import('./screens/analysis/analysis-screen.tsx')),
  screen('/s/:sweep/agents', () => import('./screens/agents/sweep-agents-screen.tsx')),
  screen('/s/:sweep/config', () => import('./screens/edit/config-screen.tsx')),
  screen('/s/:sweep/compare', () => import('./screens/compare/compare-screen.tsx')),
  screen('/s/:sweep/r/:run', () => import('./screens/run/run-screen.tsx')),
  screen('/r/:run', () => import('./screens/run/run-screen.tsx')),
  // The addresses that W&B's client prints
  screen('/:entity/:project/runs/:run/:tab?', () => import('./screens/run/run-screen.tsx')),
  { path: '/:entity/:project/sweeps/:sweep/:tab?', ...OVERVIEW },
  screen('/:entity/:project/groups/:group/:tab?', () => import('./screens/projects/project-screen.tsx')),
  screen('/:entity/:project/:tab?', () => import('./screens/projects/project-screen.tsx')),
]

/** What is asked again: an answer that did not come, a few times; a refusal never. */
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => error instanceof ApiError && error.code === 'UNREACHABLE' && count < 3,
      refetchOnWindowFocus: false,
    },
  },
})

function App() {
  return (
    <QueryClientProvider client={queries}>
      <SessionGate>
        <Frame>
          <Suspense fallback={null}>
            <Switch>
              {SCREENS.map(({ path, Component }) => (
                <Route key={path} path={path}>
                  <PanelBoundary what="This screen">
                    <Component />
                  </PanelBoundary>
                </Route>
              ))}
              <Route>
                <Failure title="There is no such page" message={window.location.pathname} />
              </Route>
            </Switch>
          </Suspense>
        </Frame>
      </SessionGate>
    </QueryClientProvider>
  )
}

export async function startApp(): Promise<void> {
  const root = document.getElementById('root')
  if (root === null) throw new Error('index.html has no #root')
  changeFeed.start()
  const first = SCREENS.find(({ path }) => matchRoute(parse, path, window.location.pathname)[0])
  await first?.load?.().catch(() => undefined) // showing it tries again, and says what is wrong
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
  window.setTimeout(() => void loadOthers(), LOAD_OTHERS_AFTER_MS)
}

const LOAD_OTHERS_AFTER_MS = 4_000

/** While the page has nothing to do: the next screen is there when it is opened. */
async function loadOthers(): Promise<void> {
  for (const { load } of SCREENS) {
    await new Promise((resolve) => window.requestIdleCallback(resolve))
    await load?.().catch(() => undefined) // asked again when it is opened
  }
}
