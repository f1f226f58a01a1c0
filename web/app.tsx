// The page: who asks, which screen the address means, and what every screen stands in.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, StrictMode, Suspense, type ComponentType } from 'react'
import { createRoot } from 'react-dom/client'
import { Route, Switch } from 'wouter'
import { ApiError } from './api/client.ts'
import { changeFeed } from './live/change-feed.ts'
import { Failure, PanelBoundary } from './shell/failure.tsx'
import { Frame } from './shell/frame.tsx'
import { SessionGate } from './shell/session.tsx'

interface Screen {
  /** As wouter reads it. */
  readonly path: string
  readonly Component: ComponentType
}

const screen = (path: string, load: () => Promise<{ default: ComponentType }>): Screen => ({
  path,
  Component: lazy(load),
})

/** What is written out stands before what has a `:name` in its place. */
const SCREENS: readonly Screen[] = [
  screen('/', () => import('./screens/sweeps/sweeps-screen.tsx')),
  screen('/new', () => import('./screens/edit/new-screen.tsx')),
  screen('/agents', () => import('./screens/agents/fleet-screen.tsx')),
  screen('/projects', () => import('./screens/projects/projects-screen.tsx')),
  screen('/settings', () => import('./screens/settings/settings-screen.tsx')),
  screen('/authorize', () => import('./screens/settings/key-screen.tsx')),
  screen('/s/:sweep', () => import('./screens/overview/overview-screen.tsx')),
  screen('/s/:sweep/analysis', () => import('./screens/analysis/analysis-screen.tsx')),
  screen('/s/:sweep/agents', () => import('./screens/agents/sweep-agents-screen.tsx')),
  screen('/s/:sweep/config', () => import('./screens/edit/config-screen.tsx')),
  screen('/s/:sweep/compare', () => import('./screens/compare/compare-screen.tsx')),
  screen('/s/:sweep/r/:run', () => import('./screens/run/run-screen.tsx')),
  screen('/r/:run', () => import('./screens/run/run-screen.tsx')),
  // The addresses that W&B's client prints
  screen('/:entity/:project/runs/:run/:tab?', () => import('./screens/run/run-screen.tsx')),
  screen('/:entity/:project/sweeps/:sweep/:tab?', () => import('./screens/overview/overview-screen.tsx')),
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

export function startApp(): void {
  const root = document.getElementById('root')
  if (root === null) throw new Error('index.html has no #root')
  changeFeed.start()
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
