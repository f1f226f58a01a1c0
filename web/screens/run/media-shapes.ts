// What a value with a `_type` of W&B's client is: pictures, a table, a histogram, another file. Values come from scripts:
// nothing about them is taken for granted. Pure.

export interface MediaImage {
  /** Name of the run's file. */
  readonly path: string
  readonly caption: string | null
  /** Of a kind that the server shows: everything else is a download. */
  readonly isShowable: boolean
}

export type MediaShape =
  | { readonly kind: 'images'; readonly images: readonly MediaImage[] }
  | { readonly kind: 'table'; readonly path: string }
  /** `bins` has one more than `counts`. */
  | { readonly kind: 'histogram'; readonly bins: readonly number[]; readonly counts: readonly number[] }
  | { readonly kind: 'file'; readonly path: string; readonly type: string }
  | { readonly kind: 'other'; readonly text: string }

const SHOWABLE = /\.(?:png|jpe?g|gif|webp)$/i
const MAX_IMAGES = 500
const MAX_BINS = 10_000

export function readMediaValue(value: Readonly<Record<string, unknown>>): MediaShape {
  const type = textOf(value['_type']) ?? ''
  const path = textOf(value['path'])
  if (type === 'histogram') return readHistogram(value) ?? other(value)
  if (type === 'images/separated') return { kind: 'images', images: readImages(value) }
  if (type === 'image-file' && path !== null)
    return { kind: 'images', images: [imageOf(path, textOf(value['caption']))] }
  if (type === 'table-file' && path !== null) return { kind: 'table', path }
  return path === null ? other(value) : { kind: 'file', path, type: type.slice(0, 60) }
}

function other(value: Readonly<Record<string, unknown>>): MediaShape {
  return { kind: 'other', text: JSON.stringify(value) }
}

function imageOf(path: string, caption: string | null): MediaImage {
  return { path, caption, isShowable: SHOWABLE.test(path) }
}

function readImages(value: Readonly<Record<string, unknown>>): MediaImage[] {
  const names = Array.isArray(value['filenames']) ? (value['filenames'] as unknown[]) : []
  const captions: unknown = value['captions']
  return names.slice(0, MAX_IMAGES).flatMap((name, index) => {
    const path = textOf(name)
    return path === null ? [] : [imageOf(path, Array.isArray(captions) ? textOf(captions[index]) : null)]
  })
}

function readHistogram(value: Readonly<Record<string, unknown>>): MediaShape | null {
  const counts = numbersOf(value['values'])
  const packed = value['packedBins']
  const bins =
    typeof packed === 'object' && packed !== null
      ? unpack(packed as Record<string, unknown>)
      : numbersOf(value['bins'])
  if (counts === null || bins === null || bins.length !== counts.length + 1) return null
  return { kind: 'histogram', bins, counts }
}

function unpack(packed: Readonly<Record<string, unknown>>): number[] | null {
  const [min, size, count] = [packed['min'], packed['size'], packed['count']].map(Number)
  if (min === undefined || size === undefined || count === undefined) return null
  if (!Number.isFinite(min) || !Number.isFinite(size) || !(count >= 1 && count <= MAX_BINS)) return null
  return Array.from({ length: count + 1 }, (_, index) => min + index * size)
}

function numbersOf(value: unknown): number[] | null {
  if (!Array.isArray(value) || value.length > MAX_BINS) return null
  const numbers = value.map(Number)
  return numbers.every((number) => Number.isFinite(number)) ? numbers : null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export interface LoggedTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** null: it is no table of W&B's. */
export function readLoggedTable(text: string): LoggedTable | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { columns, data } = value as { columns?: unknown; data?: unknown }
  if (!Array.isArray(columns) || !Array.isArray(data)) return null
  return {
    columns: columns.map((column) => (typeof column === 'string' ? column : (JSON.stringify(column) ?? ''))),
    rows: data.flatMap((row) => (Array.isArray(row) ? [row as unknown[]] : [])),
  }
}
