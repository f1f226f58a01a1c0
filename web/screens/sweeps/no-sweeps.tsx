// What is shown before the first sweep: the way there, to be copied.
import { Link } from 'wouter'
import { CopyButton } from '../../shell/copy-button.tsx'
import { useMayChange } from '../../shell/session.tsx'

const COMMANDS: readonly (readonly [string, string])[] = [
  ['sweep init --from-script train.py', 'drafts sweep.yaml from the arguments of your script'],
  ['sweep create sweep.yaml', 'creates the sweep here'],
  ['sweep agent @last', 'works it, on every machine that has GPUs to give'],
]

export function NoSweeps() {
  const mayChange = useMayChange()
  return (
    <div className="no-sweeps panel">
      <h2>There is no sweep yet</h2>
      <ol>
        {COMMANDS.map(([command, what]) => (
          <li key={command}>
            <div className="row">
              <code>{command}</code>
              <CopyButton text={command}>Copy</CopyButton>
            </div>
            <span className="muted">{what}</span>
          </li>
        ))}
      </ol>
      <p>
        Or load the demo, which fills every screen in ten seconds: <code>sweep demo</code>{' '}
        <CopyButton text="sweep demo">Copy</CopyButton>
      </p>
      {mayChange && (
        <p>
          Or <Link href="/new">write a sweep file here</Link>.
        </p>
      )}
      <p className="muted">This page updates by itself.</p>
    </div>
  )
}
