// Asks before something is done: what it means in sentences, what else is needed, and the words of a refusal.
import type { FormEvent, ReactNode } from 'react'
import { Dialog } from '../shell/dialog.tsx'
import { Failure } from '../shell/failure.tsx'
import { useAction } from './use-action.ts'

interface ActionDialogProps {
  readonly title: string
  /** What will be and what will be lost; a sentence each. */
  readonly sentences: readonly string[]
  /** Of the button that does it: a verb. */
  readonly verb: string
  /** @param form what was filled in */
  readonly act: (form: FormData) => Promise<unknown>
  readonly onClose: () => void
  /** Fields of the form. */
  readonly children?: ReactNode
}

export function ActionDialog({ title, sentences, verb, act, onClose, children }: ActionDialogProps) {
  const action = useAction()
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    if (await action.run(() => act(form))) onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="action-form" onSubmit={(event) => void submit(event)}>
        {sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {children}
        {action.problem !== null && (
          <Failure title="This was refused" message={action.problem.message} hint={action.problem.hint} />
        )}
        <div className="dialog-buttons">
          <button type="button" onClick={onClose}>
            Leave it
          </button>
          <button className="button-primary" disabled={action.isBusy}>
            {verb}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
