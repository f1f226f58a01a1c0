// Which metric a training script reports, and how: guessed from what it prints and logs.
import { findCalls } from './python-calls.ts'
import type { PythonToken } from './python-tokens.ts'

export interface MetricGuess {
  readonly name: string
  readonly goal: 'minimize' | 'maximize'
  /** `json`: a line of JSON, which is read as it comes. `text`: words for people. `logger`: a library's call. */
  readonly how: 'json' | 'text' | 'logger'
  /** 1-based line of the script. */
  readonly line: number
}

/** Calls that print or log. */
const PRINTERS = new Set([
  'print',
  'write',
  'info',
  'debug',
  'echo',
  'tqdm',
  'set_postfix',
  'set_description',
])
const LOGGERS = new Set(['log', 'log_metric', 'log_metrics', 'log_dict', 'add_scalar', 'report', 'log_value'])

/** The likeliest of the metrics that the script mentions; null when it mentions none. */
export function guessMetric(tokens: readonly PythonToken[]): MetricGuess | null {
  const found = findCalls(tokens, new Set([...PRINTERS, ...LOGGERS])).flatMap((call) => {
    const inside = [...call.positional, ...call.keywords.values()].flat()
    const isJson = inside.some(({ kind, text }) => kind === 'name' && text === 'dumps')
    const how = isJson ? 'json' : PRINTERS.has(call.name) ? 'text' : 'logger'
    const names = new Set([...inside.flatMap(namesIn), ...call.keywords.keys()])
    return [...names].map((name) => ({ name, how, line: call.line, score: scoreOf(name) }) as const)
  })
  const best = found
    .filter(({ score }) => score > 0)
    .sort(
      (a, b) => b.score - a.score || Number(b.how === 'json') - Number(a.how === 'json') || a.line - b.line,
    )[0]
  if (best === undefined) return null
  return { name: best.name, goal: goalOf(best.name), how: best.how, line: best.line }
}

/** The whole text when it is a name (a key of a map), and names before `=`, `:` or `{` in text for people. */
function namesIn(token: PythonToken): string[] {
  if (token.kind !== 'string') return []
  if (/^[A-Za-z][\w/.-]*$/.test(token.text)) return [token.text]
  // `val_loss={loss}`, `val loss: %.3f`, `{"val_loss": ...`
  const text = token.text.replace(/%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]/g, '%')
  const before = [
    ...text.matchAll(/([A-Za-z][\w/]*(?: loss| accuracy| acc)?)["']?\s*[=:]?\s*(?=[{%]|$|[=:])/g),
  ]
  return before.map(([, name = '']) => name.replaceAll(' ', '_'))
}

const HIGHER_IS_BETTER =
  /(?:^|[_/.-])(?:acc|accuracy|auc|auroc|f1|score|reward|return|bleu|rouge|iou|miou|map|precision|recall|r2|psnr|ssim|success)(?:$|[_/.@\d-])/i
const LOWER_IS_BETTER =
  /(?:^|[_/.-])(?:loss|error|err|rmse|mse|mae|nll|perplexity|ppl|wer|cer|fid|bpb|bpc|regret)(?:$|[_/.\d-])/i
const VALIDATION = /(?:^|[_/.-])(?:val|valid|validation|eval|dev|test)(?:$|[_/.-])/i

/** 0: no metric. Validation before training, losses before scores. */
function scoreOf(name: string): number {
  const isLow = LOWER_IS_BETTER.test(name)
  if (!isLow && !HIGHER_IS_BETTER.test(name)) return 0
  return (isLow ? 2 : 1) + (VALIDATION.test(name) ? (/test/i.test(name) ? 3 : 4) : 0)
}

function goalOf(name: string): MetricGuess['goal'] {
  return LOWER_IS_BETTER.test(name) ? 'minimize' : 'maximize'
}
