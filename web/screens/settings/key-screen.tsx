// Where W&B's client sends people for a key: what a key is here, and how to get one.
import { Link } from 'wouter'
import { CopyButton } from '../../shell/copy-button.tsx'
import { useMayChange } from '../../shell/session.tsx'
import './settings.css'

export default function KeyScreen() {
  const mayChange = useMayChange()
  const origin = window.location.origin
  const environment = `export WANDB_BASE_URL=${origin}\nexport WANDB_API_KEY=TOKEN`
  const login = `wandb login --host ${origin} TOKEN`
  return (
    <div className="settings-screen">
      <h1>Your key</h1>
      <section className="panel settings-panel" aria-label="Your key">
        <p>
          W&amp;B&apos;s client takes a token of this server as its key. A script that reports runs needs one
          of role <code>admin</code>; runs that an agent of ours works have a key already.
        </p>
        <h2>Get a token</h2>
        {mayChange ? (
          <p>
            <Link href="/settings">Make one in the settings</Link>, or on the command line:
          </p>
        ) : (
          <p>
            Yours may only look. Ask somebody with an admin token for one, or on the machine of the server:
          </p>
        )}
        <Command text="sweep token new --role admin" />
        <h2>Use it</h2>
        <Command text={environment} />
        <p className="muted">or, once for a machine:</p>
        <Command text={login} />
      </section>
    </div>
  )
}

function Command({ text }: { readonly text: string }) {
  return (
    <div className="row key-command">
      <pre>{text}</pre>
      <CopyButton text={text}>Copy</CopyButton>
    </div>
  )
}
