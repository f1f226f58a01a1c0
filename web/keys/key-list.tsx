// The list of keys, opened by `?`.
import { useState } from 'react'
import { Dialog } from '../shell/dialog.tsx'
import { areKeysOn, turnKeys, useKeys } from './use-keys.ts'

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'write a filter'],
  ['↑ ↓ or j k', 'the run above, below'],
  ['Home End PgUp PgDn', 'the first, the last, a page up, down'],
  ['space or x', 'check the run'],
  ['enter', 'open the run'],
  ['p', 'pin the run'],
  ['c', 'compare the checked runs'],
  ['.', 'what may be done with the sweep'],
  ['g o', 'overview'],
  ['g a', 'analysis'],
  ['g g', 'agents'],
  ['g c', 'config'],
  ['?', 'this list'],
]

export function KeyList() {
  const [isOpen, setOpen] = useState(false)
  const [areOn, setOn] = useState(areKeysOn)
  useKeys({ '?': () => setOpen(true) })
  if (!isOpen) return null
  return (
    <Dialog title="Keys" onClose={() => setOpen(false)}>
      <table>
        <tbody>
          {KEYS.map(([key, what]) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label className="row">
        <input
          type="checkbox"
          checked={areOn}
          onChange={(event) => {
            turnKeys(event.target.checked)
            setOn(event.target.checked)
          }}
        />
        Single keys do something (arrows, space and enter always do)
      </label>
    </Dialog>
  )
}
