// What a person sets for this browser, who they are, and, for admins, the tokens of this server.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { answer, api } from '../../api/client.ts'
import { formatMoment, toMs } from '../../format/time.ts'
import { areKeysOn, turnKeys } from '../../keys/use-keys.ts'
import { applyTheme, chosenTheme, type Theme } from '../../shell/theme.ts'
import { useLogOut, usePrincipal } from '../../shell/session.tsx'
import { TokensPanel } from './tokens-panel.tsx'
import './settings.css'

export default function SettingsScreen() {
  const principal = usePrincipal()
  const logOut = useLogOut()
  const expires = toMs(principal.expiresAt)
  return (
    <div className="settings-screen">
      <h1>Settings</h1>
      <section className="panel settings-panel" aria-labelledby="you-heading">
        <h2 id="you-heading">You</h2>
        <dl className="facts">
          <dt>Token</dt>
          <dd>{principal.name}</dd>
          <dt>May</dt>
          <dd>{ROLE_WORDS[principal.role]}</dd>
          <dt>Logged in until</dt>
          <dd>{expires === null ? 'it does not expire' : formatMoment(expires)}</dd>
          <dt>Server</dt>
          <dd>
            <Version />
          </dd>
        </dl>
        <div className="row">
          <button onClick={logOut}>Log out</button>
          <Link href="/authorize">A key for W&amp;B&apos;s client</Link>
        </div>
      </section>
      <BrowserPanel />
      <TokensPanel />
    </div>
  )
}

const ROLE_WORDS = {
  viewer: 'look at everything, change nothing (viewer)',
  agent: 'work runs (agent)',
  admin: 'look at and change everything (admin)',
} as const

function Version() {
  const { data } = useQuery({
    queryKey: ['health'],
    queryFn: () => answer(api.GET('/healthz')),
    staleTime: Infinity,
  })
  return <>sweep {data?.version ?? '…'}</>
}

function BrowserPanel() {
  const [theme, setTheme] = useState<Theme>(chosenTheme)
  const [keys, setKeys] = useState(areKeysOn)
  return (
    <section className="panel settings-panel" aria-labelledby="browser-heading">
      <h2 id="browser-heading">This browser</h2>
      <fieldset className="row">
        <legend>Theme</legend>
        {(['system', 'light', 'dark'] as const).map((name) => (
          <label key={name} className="row">
            <input
              type="radio"
              name="theme"
              checked={theme === name}
              onChange={() => {
                setTheme(name)
                applyTheme(name)
              }}
            />
            {name === 'system' ? 'as the system says' : name}
          </label>
        ))}
      </fieldset>
      <label className="row">
        <input
          type="checkbox"
          checked={keys}
          onChange={(event) => {
            turnKeys(event.target.checked)
            setKeys(event.target.checked)
          }}
        />
        Single keys do something (press ? on a sweep for the list)
      </label>
    </section>
  )
}
