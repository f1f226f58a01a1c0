// The form that a page shows to whom it does not know: a token, and back to where one came from.
import { facts, markup, page } from './html.ts'

/** @param next path to go to afterwards @param problem why the last token was not taken */
export function loginPage(next: string, problem: string | null): string {
  return page(
    'Log in',
    markup`<h1>Log in</h1>
      ${problem === null ? '' : markup`<p class="error">${problem}</p>`}
      <form method="post" action="/login">
        <input type="hidden" name="next" value="${next}" />
        <label
          >Token <input type="password" name="token" autocomplete="current-password" required autofocus
        /></label>
        <button>Log in</button>
      </form>
      <p class="empty">
        The admin token is in the controller's data folder (admin-token). Others: <code>sweep token new</code>
      </p>`,
  )
}

/** Where W&B's client sends people for a key. */
export function keyPage(): string {
  return page(
    'Your key',
    markup`<h1>Your key</h1>
      <p>W&amp;B's client takes a token of this server as its key.</p>
      ${facts([
        ['make one', markup`<code>sweep token new --role admin</code>`],
        ['use it', markup`<code>WANDB_API_KEY=TOKEN</code>, or paste it where <code>wandb login</code> asks`],
      ])}`,
  )
}

export function problemPage(title: string, problem: string): string {
  return page(
    title,
    markup`<h1>${title}</h1>
      <p class="error">${problem}</p>`,
  )
}
