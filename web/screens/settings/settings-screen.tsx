// What a person sets for this browser, who they are here, and the tokens of the server.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { answer, api } from '../../api/client.ts'
import { formatMoment, toMs } from '../../format/time.ts'
import { areKeysOn, turnKeys } from '../../keys/use-keys.ts'
import { PanelBoundary } from '../../shell/failure.tsx'
import { useLogOut, usePrincipal } from '../../shell/session.tsx'
import { ThemeChoice } from '../../shell/theme-choice.tsx'
import './settings.css'
import { TokensPanel } from './tokens-panel.tsx'

export default function SettingsScreen() {
  const principal = usePrincipal()
  return (
    <div className="settings">
      <h1>Settings</h1>
      <section className="panel" aria-labelledby="settings-you">
        <h2 id="settings-you">You</h2>
        <dl className="settings-facts">
          <dt>Token</dt>
          <dd>{principal.tokenId === null ? 'the admin token of the data folder' : principal.name}</dd>
          <dt>May</dt>
          <dd>{WHAT_ROLES_MAY[principal.role]}</dd>
          <dt>Session ends</dt>
          <dd>{principal.expiresAt === null ? 'never' : formatMoment(toMs(principal.expiresAt))}</dd>
        </dl>
        <div className="row">
          <LogOut />
          <Link href="/authorize">A key for W&amp;B&apos;s client</Link>
        </div>
      </section>
      <section className="panel" aria-labelledby="settings-browser">
        <h2 id="settings-browser">This browser</h2>
        <div className="row">
          Theme <ThemeChoice />
        </div>
        <KeysChoice />
      </section>
      <PanelBoundary what="The list of tokens">
        <TokensPanel />
      </PanelBoundary>
      <ServerVersion />
    </div>
  )
}

const WHAT_ROLES_MAY = {
  admin: 'look and change everything (admin)',
  agent: 'work sweeps and look (agent)',
  viewer: 'look (viewer)',
} as const

function LogOut() {
  const logOut = useLogOut()
  return <button onClick={logOut}>Log out</button>
}

function KeysChoice() {
  const [isOn, setOn] = useState(areKeysOn)
  return (
    <label className="settings-switch">
      <input
        type="checkbox"
        checked={isOn}
        onChange={(event) => {
          setOn(event.target.checked)
          turnKeys(event.target.checked)
        }}
      />
      Single keys do things (/ filters, j and k move, ? lists them all)
    </label>
  )
}

function ServerVersion() {
  const { data } = useQuery({
    queryKey: ['health'],
    queryFn: () => answer(api.GET('/healthz')),
    staleTime: Infinity,
  })
  return <p className="muted">{data === undefined ? '' : `sweep ${data.version}`}</p>
}
