// Where W&B's client sends people for a key: which token to take, and where to put it.
import { Link } from 'wouter'
import { CopyButton } from '../../shell/copy-button.tsx'
import './settings.css'

export default function KeyScreen() {
  const server = window.location.origin
  const login = `wandb login --host ${server}`
  return (
    <div className="settings">
      <h1>Your key</h1>
      <section className="panel" aria-labelledby="key-how">
        <h2 id="key-how">W&amp;B's client takes a token of this server as its key</h2>
        <ol>
          <li>
            Make one in the <Link href="/settings">settings</Link>, or in a terminal:{' '}
            <code>sweep token new --role admin</code>. Role <em>agent</em> may log runs, <em>viewer</em> may
            only read them.
          </li>
          <li>
            <code>{login}</code> <CopyButton text={login}>Copy</CopyButton> and paste the token, or set{' '}
            <code>WANDB_BASE_URL={server}</code> and <code>WANDB_API_KEY=TOKEN</code>.
          </li>
        </ol>
        <p className="muted">
          Scripts under sweep agent need neither: the agent gives them a key of their own run.
        </p>
      </section>
    </div>
  )
}
