// Prometheus' text form, read back, and the rules that `promtool check metrics` holds names to (the official tool is
// a large Go program; its rules are few).

export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: string
  /** Samples by their name and labels as written, e.g. `sweep_runs{state="queued"}`. */
  readonly samples: ReadonlyMap<string, number>
}

/** @throws Error at the first line that is not in the form */
export function parsePrometheusText(text: string): Map<string, MetricFamily> {
  const families = new Map<string, MetricFamily & { samples: Map<string, number> }>()
  const helps = new Map<string, string>()
  let current: (MetricFamily & { samples: Map<string, number> }) | null = null
  for (const line of text.split('\n')) {
    if (line === '') continue
    const help = /^# HELP (\S+) (.*)$/.exec(line)
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line)
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)$/.exec(line)
    if (help !== null) {
      const [, name = '', words = ''] = help
      if (helps.has(name)) throw new Error(`${name} is described twice`)
      helps.set(name, words)
    } else if (type !== null) {
      const [, name = '', kind = ''] = type
      current = { name, help: helps.get(name) ?? '', type: kind, samples: new Map() }
      families.set(name, current)
    } else if (sample !== null && current !== null) {
      const [, name = '', labels = '', value = ''] = sample
      if (!isOf(name, current)) throw new Error(`${name} stands under ${current.name}`)
      const number = value === '+Inf' ? Infinity : value === 'Nan' || value === 'NaN' ? NaN : Number(value)
      if (Number.isNaN(number) && !/^nan$/i.test(value)) throw new Error(`not a number: ${line}`)
      if (current.samples.has(name + labels)) throw new Error(`${name}${labels} stands there twice`)
      current.samples.set(name + labels, number)
    } else {
      throw new Error(`not in Prometheus' text form: ${line}`)
    }
  }
  return families
}

function isOf(sampleName: string, family: MetricFamily): boolean {
  const suffix = sampleName.slice(family.name.length)
  if (!sampleName.startsWith(family.name)) return false
  return suffix === '' || (family.type === 'histogram' && ['_bucket', '_sum', '_count'].includes(suffix))
}

const BASE_UNITS: Readonly<Record<string, string>> = {
  milliseconds: 'seconds',
  ms: 'seconds',
  microseconds: 'seconds',
  minutes: 'seconds',
  hours: 'seconds',
  kilobytes: 'bytes',
  megabytes: 'bytes',
  mib: 'bytes',
  kb: 'bytes',
  mb: 'bytes',
  bits: 'bytes',
  percent: 'ratio',
}

/** What is wrong with a metric's name, help, labels and values; empty when nothing is. */
export function lintMetric({ name, help, type, samples }: MetricFamily): string[] {
  const problems: string[] = []
  const check = (isRight: boolean, problem: string) => {
    if (!isRight) problems.push(`${name}: ${problem}`)
  }
  check(help.trim() !== '', 'has no help')
  check(/^[a-z][a-z0-9_]*$/.test(name), 'is not in snake_case')
  check((type === 'counter') === name.endsWith('_total'), 'a counter, and nothing else, ends in _total')
  check(!/_(?:count|sum|bucket)$/.test(name), 'ends like a part of a histogram')
  check(!/_(?:counter|gauge|histogram|summary)(?:_|$)/.test(name), 'names its own type')
  for (const word of name.split('_')) {
    const base = BASE_UNITS[word]
    check(base === undefined, `is in ${word} instead of ${base ?? ''}`)
  }
  for (const [sample, value] of samples) {
    for (const [, label = ''] of sample.matchAll(/[{,]([^=,{]+)="/g))
      check(/^[a-z][a-z0-9_]*$/.test(label) && (label !== 'le' || type === 'histogram'), `label ${label}`)
    check(type === 'gauge' || value >= 0, `${sample} is below 0`)
  }
  return problems
}
