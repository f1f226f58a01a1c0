// What counts as a secret in a command line, a URL or a piece of source text, and how it is taken out: replaced by
// `***`. Pure. It errs on the side of taking out: a harmless value behind a secret's name is lost too.
//
// A secret is known by its name (`--api-key`, `password=`, `?token=`), by its place (the user and password of a URL,
// an Authorization header) or by its shape (the prefixes that providers give their keys, long mixed random words).

/** Stands where a secret stood. */
export const REDACTED = '***'

const SECRET_WORDS = new Set(
  'password passwd passphrase passcode pwd secret secrets credential credentials apikey accesskey secretkey privatekey authtoken accesstoken authorization bearer auth cookie'.split(
    ' ',
  ),
)
/** `key` is a secret behind one of these: `api_key`, `wandb-key`. */
const KEY_OWNERS = new Set(
  'api access secret private auth account signing encryption master shared ssh license service session subscription storage aws azure gcp google wandb hf huggingface openai anthropic comet neptune mlflow kaggle'.split(
    ' ',
  ),
)
/** `token` behind one of these is a symbol of a vocabulary, not a secret: `--pad-token`. */
const VOCABULARY_WORDS = new Set(
  'pad eos bos unk mask cls sep image video audio special start end stop next per class prefix suffix first last'.split(
    ' ',
  ),
)
/** Besides those, in the query of a URL. */
const QUERY_WORDS = new Set('key sig signature code sas jwt ticket otp'.split(' '))

/** Does a value behind this name count as a secret? `apiKey`, `--hf-token`, `opt.db_password`. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name)
  const last = words.at(-1) ?? ''
  const before = words.at(-2) ?? ''
  if (SECRET_WORDS.has(last)) return true
  if (last === 'key') return KEY_OWNERS.has(before)
  if (last === 'token') return !VOCABULARY_WORDS.has(before)
  return false
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}

function isSecretQueryName(name: string): boolean {
  const words = wordsOf(name)
  return isSecretName(name) || QUERY_WORDS.has(words.at(-1) ?? '') || /^x-amz-|accesskeyid$/i.test(name)
}

/** The words of a command line without their secrets; the same number of words. */
export function redactWords(words: readonly string[]): string[] {
  let isValueOfSecret = false
  return words.map((word) => {
    if (isValueOfSecret && !word.startsWith('--')) {
      isValueOfSecret = false
      return REDACTED
    }
    const [, prefix = '', name = '', value] =
      /^(-{0,2}|\+{1,2}|~)([A-Za-z_][\w./-]*)(?:=([^]*))?$/.exec(word) ?? []
    isValueOfSecret = prefix.startsWith('-') && value === undefined && isSecretName(name)
    if (value !== undefined && value !== '' && isSecretName(name)) return `${prefix}${name}=${REDACTED}`
    return redactText(word)
  })
}

/**
 * The address of a repository without its credentials: the password is left out, the user too except with ssh, and
 * so are query and fragment. `git@host:path` stays as it is.
 */
export function redactRemote(url: string): string {
  const parts = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)([^?#]*)/i.exec(url)
  if (parts === null) return redactText(url)
  const [, scheme = '', authority = '', path = ''] = parts
  const at = authority.lastIndexOf('@')
  const user = authority.slice(0, Math.max(at, 0)).split(':')[0] ?? ''
  const isSafeUser = user !== '' && /ssh/i.test(scheme)
  return redactText(`${scheme}${isSafeUser ? `${user}@` : ''}${authority.slice(at + 1)}${path}`)
}

/** Text (a word, a diff, a message) without what looks like a secret in it; the same number of lines. */
export function redactText(text: string): string {
  let clean = text.replace(PRIVATE_KEY, keepLines)
  clean = clean.replace(URL_USER, (whole, scheme: string, user: string) =>
    /ssh/i.test(scheme) && !user.includes(':') ? whole : `${scheme}${REDACTED}@`,
  )
  clean = clean.replace(QUERY_VALUE, (whole, mark: string, name: string) =>
    isSecretQueryName(name) ? `${mark}${name}=${REDACTED}` : whole,
  )
  clean = clean.replace(AUTHORIZATION, (_, head: string, scheme = '') => `${head}${scheme}${REDACTED}`)
  clean = clean.replace(BEARER, (_, scheme: string) => `${scheme} ${REDACTED}`)
  clean = clean.replace(QUOTED_VALUE, (whole, name: string, middle: string, quote: string, value: string) =>
    isSecretName(name) && value !== '' ? `${name}${middle}${quote}${REDACTED}${quote}` : whole,
  )
  clean = clean.replace(LINE_VALUE, (whole, head: string, name: string, sign: string, value: string) =>
    isSecretName(name) && isLiteral(value) ? `${head}${name}${sign}${REDACTED}` : whole,
  )
  clean = clean.replace(VARIABLE, (whole, name: string, value: string) =>
    isSecretName(name) && !value.startsWith('$') ? `${name}=${REDACTED}` : whole,
  )
  clean = clean.replace(FLAG_VALUE, (whole, flag: string, sign: string, value: string) =>
    isSecretName(flag) && !/^[-$]/.test(value) ? `${flag}${sign}${REDACTED}` : whole,
  )
  clean = clean.replace(KNOWN_SHAPES, REDACTED)
  return clean.replace(LONG_WORD, (word) => (isRandomWord(word) ? REDACTED : word))
}

/** Plain data (of JSON) with every string in it redacted; keys stay. */
export function redactStrings<T>(value: T): T {
  // The shape stays the same: only strings are replaced, by strings.
  if (typeof value === 'string') return redactText(value) as T
  if (Array.isArray(value)) return value.map((item: unknown) => redactStrings(item)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, redactStrings(item as unknown)]),
  ) as T
}

// Every repetition is bounded or cannot overlap with its neighbour: a line of 256 KiB costs milliseconds.

const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----[^]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g
const URL_USER = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)([^\s/?#"<>]{1,500})@/gi
const QUERY_VALUE = /([?&;])([\w.%[\]-]{1,80})=([^&#\s"<>]+)/g
const AUTHORIZATION =
  /\b((?:proxy-)?authorization["']?[ \t]{0,4}[:=][ \t]{0,4}["']?)((?:bearer|basic|token|digest|negotiate) {1,4})?[^\s"',]+/gi
const BEARER = /\b(bearer|basic)[ \t]{1,4}[A-Za-z0-9._~+/=-]{16,}/gi
/** `name = "value"`, `"name": 'value'`, `env["NAME"] = "value"`, `name: str = "value"`. */
const QUOTED_VALUE =
  /(?<![\w.-])([A-Za-z_][\w.-]{0,80})(["']?\]?(?:[ \t]{0,4}:[ \t]{0,4}[\w.|[\]]{1,40})?[ \t]{0,8}(?:=>|:=|[:=])[ \t]{0,8}[rbfuRBFU]{0,2})(["'`])((?:\\.|(?!\3)[^\\\n])*)\3/g
/** A line of an environment file or of YAML, also in a diff: `+API_KEY=value`, `  password: value`. */
const LINE_VALUE =
  /^([+\- ]?[ \t]{0,200}(?:(?:export|set|setenv|ENV|ARG|-)[ \t]{1,4})?)([A-Za-z_][\w.-]{0,80})([ \t]{0,8}=|[ \t]{0,4}:[ \t]{1,8})([^\s"'`#]+)$/gm
const VARIABLE = /(?<![\w.-])([A-Z][A-Z0-9_]{1,80})=([^\s"'`,;)&]+)/g
const FLAG_VALUE = /(?<![\w-])(--?[A-Za-z][\w.-]{0,80})(=|[ \t]{1,4})([^\s"'`|&;]+)/g
const KNOWN_SHAPES = new RegExp(
  [
    /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/, // AWS
    /\bgh[pousr]_[A-Za-z0-9]{20,}/, // GitHub
    /\bgithub_pat_[A-Za-z0-9_]{20,}/,
    /\bgl(?:pat|ptt|dt|rt|ft|cbt|soat)-[A-Za-z0-9_-]{16,}/, // GitLab
    /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/, // Slack
    /\b[sr]k[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{20,}/, // OpenAI, Anthropic, Stripe
    /\bhf_[A-Za-z0-9]{20,}/, // Hugging Face
    /\bAIza[0-9A-Za-z_-]{30,}/, // Google
    /\bya29\.[0-9A-Za-z_-]{20,}/,
    /\b(?:npm|wandb_v1)_[A-Za-z0-9_]{20,}/,
    /\bswr_[0-9a-z]{8}_\d{1,9}_[A-Za-z0-9]{16,}/, // an attempt's
    /\b(?:pypi|dckr_pat|nvapi|shpat|dop_v1)[-_][A-Za-z0-9_-]{16,}/,
    /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/, // JWT
  ]
    .map((shape) => shape.source)
    .join('|'),
  'g',
)
/** 48: the shortest token of sweep itself. */
const LONG_WORD = /[\w+/=-]{48,}/g

function keepLines(block: string): string {
  return [REDACTED, ...block.split('\n').slice(1)]
    .map((line, index) => (index === 0 ? line : REDACTED))
    .join('\n')
}

/** Upper and lower case and digits in one long word: no hash in hexadecimal, no base64 of many lines, no path. */
function isRandomWord(word: string): boolean {
  return /^\w+$/.test(word) && /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word)
}

/** Types, constants and expressions of source code stand behind such names too: `token: str,`, `auth=None`. */
function isLiteral(value: string): boolean {
  const bare = value.replace(/[,;]+$/, '')
  if (
    /^(?:str|string|int|integer|float|number|bool|boolean|bytes|any|object|none|null|nil|undefined|true|false)$/i.test(
      bare,
    )
  )
    return false
  if (/^[$[{&*|>!(@<]/.test(bare) || bare === '') return false
  return !/[()[\]{}]/.test(bare) && !/^(?:self|args|this|os|config|cfg|opt|options|settings)\./.test(bare)
}
