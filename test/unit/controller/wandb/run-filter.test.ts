import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_FILTER_LENGTH, parseWandbFilter } from '../../../../controller/wandb/run-filter.ts'
import { SweepError } from '../../../../sweeps/errors.ts'
import { wandbRun } from './wandb-run-facts.ts'

const RUN = wandbRun({
  name: 'a1b2c3d4',
  states: ['killed', 'stopped'],
  sweep: 's1',
  group: 'fold-1',
  jobType: 'train',
  tags: ['base', 'night'],
  duration: 65,
  config: {
    lr: 0.01,
    layers: 3,
    opt: 'adamw',
    flag: true,
    none: null,
    dims: [64, 128],
    model: { name: 'mlp', value: 7 },
    'dotted.key': 'x',
  },
  summary: {
    loss: 0.25,
    'val/acc': { max: 0.9 },
    both: { min: 1, max: 5 },
    note: 'done',
    deep: { a: { b: 2 } },
  },
})

function takes(filter: unknown, run = RUN): boolean {
  return parseWandbFilter(JSON.stringify(filter))(run)
}

describe("W&B's filters", () => {
  test.each<[unknown, boolean]>([
    [{}, true],
    [{ state: 'killed' }, true],
    [{ state: 'stopped' }, true],
    [{ state: { $ne: 'killed' } }, false],
    [{ state: { $in: ['finished', 'killed'] } }, true],
    [{ name: 'a1b2c3d4' }, true],
    [{ displayName: { $regex: '^eager' } }, true],
    [{ display_name: { $regex: 'EAGER', $options: 'i' } }, true],
    [{ sweep: 's1' }, true],
    [{ $and: [{ sweep: 's1' }] }, true],
    [{ $and: [{ sweep: 's2' }] }, false],
    [{ tags: 'base' }, true],
    [{ tags: { $in: ['night', 'x'] } }, true],
    [{ tags: { $nin: ['night'] } }, false],
    [{ $or: [{ tags: null }, { tags: { $ne: 'base' } }] }, false],
    [{ group: 'fold-1', jobType: 'train' }, true],
    [{ job_type: 'eval' }, false],
    [{ 'config.lr': 0.01 }, true],
    [{ 'config.lr.value': 0.01 }, true],
    [{ 'config.lr': { $gt: 0.001, $lt: 0.1 } }, true],
    [{ 'config.lr': { $gt: 0.01 } }, false],
    [{ 'config.lr': { $not: { $gt: 0.01 } } }, true],
    [{ 'config.lr': { $gt: '0.001' } }, false],
    [{ 'config.opt': { $gte: 'adamw' } }, true],
    [{ 'config.flag': true }, true],
    [{ 'config.flag': 1 }, false],
    [{ 'config.none': null }, true],
    [{ 'config.missing': null }, true],
    [{ 'config.missing': { $exists: false } }, true],
    [{ 'config.lr': { $exists: true } }, true],
    [{ 'config.missing': { $ne: 3 } }, true],
    [{ 'config.missing': { $lt: 3 } }, false],
    [{ 'config.dims': 128 }, true],
    [{ 'config.dims': [64, 128] }, true],
    [{ 'config.dims': [128, 64] }, false],
    [{ 'config.dims': { $gt: 100 } }, true],
    [{ 'config.model.name': 'mlp' }, true],
    [{ 'config.model.value.name': 'mlp' }, true],
    [{ 'config.model.value': 7 }, true],
    [{ 'config.model': { name: 'mlp', value: 7 } }, true],
    [{ 'config.dotted.key': 'x' }, true],
    [{ 'summary_metrics.loss': { $lte: 0.25 } }, true],
    [{ 'summary_metrics.val/acc.max': { $gt: 0.8 } }, true],
    [{ 'summary_metrics.val/acc': { $gt: 0.8 } }, true],
    [{ 'summary_metrics.note': 'done' }, true],
    [{ 'summary_metrics.deep.a.b': 2 }, true],
    [{ 'summary_metrics.note': { $regex: 'o.e' } }, true],
    [{ 'summary_metrics.loss': { $regex: '0' } }, false],
    [{ $nor: [{ state: 'running' }, { 'config.layers': 3 }] }, false],
    [{ $not: { state: 'running' } }, true],
    [{ created_at: { $gte: '2026-01-10T00:00:00Z' } }, true],
    [{ createdAt: { $gt: '2026-01-10' } }, false],
    [{ createdAt: { $lt: '2026-01-10T00:00:01' } }, true],
    [{ createdAt: { $gt: '2026-01-10T00:00:00+01:00' } }, true],
    [{ createdAt: { $gt: { $date: '2026-01-09' } } }, true],
    [{ duration: { $gt: 60 } }, true],
    [{ host: 'gpu-3', username: 'sweep' }, true],
    [{ heartbeatAt: null }, true],
  ])('%j: %s', (filter, expected) => expect(takes(filter)).toBe(expected))

  test.each<[unknown, RegExp]>([
    [{ 'config.lr': { $gtt: 1 } }, /filters.config.lr: there is no operator \$gtt.*/],
    [{ $xor: [] }, /no operator \$xor/],
    [{ $where: 'sleep(1000)' }, /no operator \$where/],
    [{ 'config.lr': { $gt: 1, plain: 2 } }, /no operator plain/],
    [{ lr: 0.1 }, /no field "lr"/],
    [{ $and: { state: 'x' } }, /expected a list/],
    [{ 'config.lr': { $in: 3 } }, /expected a list/],
    [{ createdAt: { $gt: 'yesterday' } }, /expected a time/],
    [{ name: { $regex: '(' } }, /not closed/],
    [{ name: { $regex: 5 } }, /expected a text/],
    ['text', /expected an object/],
    [{ 'config.x': { $lt: [1] } }, /expected a number or a text/],
  ])('%j is refused in words', (filter, words) => expect(() => takes(filter)).toThrow(words))

  test('what is no JSON, too long or too deep is refused', () => {
    expect(() => parseWandbFilter('{')).toThrow('not JSON')
    expect(() => parseWandbFilter(' '.repeat(MAX_FILTER_LENGTH) + '{}')).toThrow('longer than')
    let deep: unknown = { state: 'x' }
    for (let level = 0; level < 100; level += 1) deep = { $and: [deep] }
    expect(() => takes(deep)).toThrow('nested deeper')
    expect(() => takes({ $or: Array.from({ length: 2_000 }, () => ({ state: 'x' })) })).toThrow(
      'more than 1000',
    )
  })

  test('names of the prototype are no fields', () => {
    for (const name of ['constructor', '__proto__', 'toString'])
      expect(() => parseWandbFilter(`{"${name}": 1}`)).toThrow('no field')
    expect(takes({ 'config.constructor': { $exists: true } })).toBe(false)
    expect(takes({ 'config.__proto__.x': { $exists: true } })).toBe(false)
  })

  test('10,000 ids against 10,000 runs take less than a second', () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `r${index}`)
    const test = parseWandbFilter(JSON.stringify({ name: { $in: ids } }))
    const started = performance.now()
    expect(ids.every((name) => test(wandbRun({ name })))).toBe(true)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('a regular expression over many long texts is refused instead of holding the server', () => {
    const test = parseWandbFilter(JSON.stringify({ notes: { $regex: '(a|aa|aaa|b?)*c$' } }))
    const run = wandbRun({ notes: 'ab'.repeat(2_000) })
    const started = performance.now()
    expect(() => {
      for (let count = 0; count < 10_000; count += 1) test(run)
    }).toThrow('take too long')
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

describe("properties of W&B's filters", () => {
  const value = fc.oneof(
    fc.integer({ min: -2, max: 2 }),
    fc.constantFrom('a', 'b', '', true, false, null),
    fc.constantFrom([1, 2], ['a'], { max: 1 }),
  )
  const anyRun = fc.record({ x: value, y: value }, { requiredKeys: [] }).map((config) => wandbRun({ config }))
  const comparable = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom('a', 'b'))
  const condition = fc.oneof(
    fc.tuple(fc.constantFrom('$eq', '$ne'), value),
    fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), comparable),
    fc.tuple(fc.constantFrom('$in', '$nin'), fc.array(value, { maxLength: 3 })),
    fc.tuple(fc.constant('$exists'), fc.boolean()),
    fc.tuple(fc.constant('$regex'), fc.constantFrom('a', '^$', 'b?')),
  )
  const leaf = fc
    .tuple(fc.constantFrom('config.x', 'config.y', 'config.y.value'), condition)
    .map(([path, [operator, wanted]]) => ({ [path]: { [operator as string]: wanted } }))
  const filter: fc.Arbitrary<object> = fc.letrec<{ node: object }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc
        .tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(tie('node'), { minLength: 1, maxLength: 3 }))
        .map(([group, parts]) => ({ [group]: parts })),
      tie('node').map((part) => ({ $not: part })),
    ),
  })).node

  test('$not is the opposite, $nor that of $or, and $and of opposites', () => {
    fc.assert(
      fc.property(filter, filter, anyRun, (left, right, run) => {
        expect(takes({ $not: left }, run)).toBe(!takes(left, run))
        expect(takes({ $nor: [left, right] }, run)).toBe(!takes({ $or: [left, right] }, run))
        expect(takes({ $and: [left, right] }, run)).toBe(takes(left, run) && takes(right, run))
        expect(takes({ $or: [left, right] }, run)).toBe(
          !takes({ $and: [{ $not: left }, { $not: right }] }, run),
        )
      }),
    )
  })

  test('$in is one of $eq, $nin none of them, $ne the opposite of $eq', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), anyRun, (wanted, run) => {
        const isOne = wanted.some((one) => takes({ 'config.x': { $eq: one } }, run))
        expect(takes({ 'config.x': { $in: wanted } }, run)).toBe(isOne)
        expect(takes({ 'config.x': { $nin: wanted } }, run)).toBe(!isOne)
        for (const one of wanted)
          expect(takes({ 'config.x': { $ne: one } }, run)).toBe(!takes({ 'config.x': one }, run))
      }),
    )
  })

  test('$gte is $gt or equal, and the two directions leave out what does not compare', () => {
    fc.assert(
      fc.property(comparable, anyRun, (wanted, run) => {
        const holds = (operator: string) => takes({ 'config.x': { [operator]: wanted } }, run)
        expect(holds('$gte')).toBe(holds('$gt') || (holds('$gte') && holds('$lte')))
        const x = run.config['x']
        if (typeof x === typeof wanted) expect(holds('$gt')).toBe(!holds('$lte'))
        else if (typeof x !== 'object') expect(holds('$gt') || holds('$lte')).toBe(false)
      }),
    )
  })

  test('whatever JSON is sent is a filter or an error in words', () => {
    const key = fc.oneof(
      fc.constantFrom('$and', '$regex', '$in', 'config.x', 'state', 'createdAt', '$not'),
      fc.string(),
    )
    const json = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(key, tie('node'), { maxKeys: 3 }),
        fc.array(tie('node'), { maxLength: 3 }),
      ),
    })).node
    fc.assert(
      fc.property(json, anyRun, (given, run) => {
        try {
          expect(typeof takes(given, run)).toBe('boolean')
        } catch (error) {
          expect(error).toBeInstanceOf(SweepError)
          expect(error).toMatchObject({ code: 'REQUEST_INVALID' })
        }
      }),
      { numRuns: 500 },
    )
  })
})
