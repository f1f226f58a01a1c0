// HTML in which no text becomes markup: whatever stands in `${...}` is escaped, unless it is HTML of this file's own.
// Texts of people are set apart in <bdi>, so that marks of direction in one do not turn the rest of the page around.

/** Made by `markup` alone. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | null | undefined | readonly Part[]

/** Characters of one text: more is cut off, and says so. */
const MAX_TEXT = 2_000

export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? ''
  parts.forEach((part, index) => {
    text += render(part) + (strings[index + 1] ?? '')
  })
  return new Html(text)
}

function render(part: Part): string {
  if (part === null || part === undefined) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return escapeHtml(part)
  return part.map(render).join('')
}

/** A text that somebody gave. @param most characters of it that are shown */
export function said(text: string, most = MAX_TEXT): Html {
  if (text === '') return new Html('')
  const isLong = text.length > most
  const shown = isLong ? text.slice(0, most).replace(/[\ud800-\udbff]$/, '') : text
  return markup`<bdi>${shown}</bdi>${isLong ? markup`<i>… ${text.length - most} more characters</i>` : ''}`
}

/** Also for attributes in double quotes. Control characters are shown as the sign for what cannot be shown. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '\ufffd')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** An address on this server: every part is percent-encoded. */
export function pathOf(...parts: readonly string[]): string {
  return `/${parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`
}

export function link(path: string, text: string): Html {
  return markup`<a href="${path}">${said(text)}</a>`
}

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Part[])[]
}

/** Nothing but a remark when there are no rows. */
export function table({ columns, rows }: Table, empty: string): Html {
  if (rows.length === 0) return markup`<p class="empty">${empty}</p>`
  return markup`<div class="wide">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => markup`<th>${said(column)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            markup`<tr>
              ${cells.map((cell) => markup`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

/** Names and values, one below the other. */
export function facts(entries: readonly (readonly [string, Part])[]): Html {
  const shown = entries.filter(([, value]) => render(value) !== '')
  return markup`<dl>
    ${shown.map(
      ([name, value]) =>
        markup`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`
}

/** A whole page: no script, its style from our own address. */
export function page(title: string, body: Html): string {
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="same-origin" />
        <title>${title.slice(0, 200)} · sweep</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body>
        ${body}
      </body>
    </html> `.text
}

export const STYLE_PATH = '/assets/pages.css'

export const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: .2rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
nav { color: GrayText; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid color-mix(in srgb, CanvasText 18%, transparent); max-width: 28rem;
  overflow-wrap: anywhere; padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top; }
td { font-variant-numeric: tabular-nums; }
dl { display: grid; gap: .15rem 1rem; grid-template-columns: max-content 1fr; margin: 0; }
dt { color: GrayText; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
pre { overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.empty, .error { color: GrayText; }
.error { color: #b3261e; }
form { display: grid; gap: .8rem; max-width: 26rem; }
input, button { font: inherit; padding: .4rem .6rem; }
`
