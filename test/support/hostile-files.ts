// Sweep files that nobody would write: a sound file with pieces cut out and put in, tokens of YAML at random, bytes.
import fc from 'fast-check'

const SOUND = `program: train.py
method: bayes
metric: {name: val_loss, goal: minimize}
early_terminate: {type: hyperband, min_iter: 3}
parameters:
  lr: {distribution: log_uniform_values, min: 1e-5, max: 0.1}
  opt: {values: [adam, sgd], probabilities: [0.3, 0.7]}
  momentum: {min: 0.8, max: 0.99, when: {opt: sgd}}
  net: {parameters: {depth: {min: 2, max: 12}, act: {value: null}}}
command: [python, train.py, '--d=3']
run_cap: 10
`

const PIECES = [
  ...[
    'a',
    'method',
    'parameters',
    'values',
    'min',
    'max',
    '__proto__',
    'constructor',
    '"',
    "'",
    '- ',
    ': ',
    ':',
  ],
  ...[
    '\n',
    '\n  ',
    '{',
    '}',
    '[',
    ']',
    '#',
    '|',
    '>',
    '&x',
    '*x',
    '!t ',
    ',',
    '? ',
    '---\n',
    '\t',
    '\\',
    '<<',
  ],
  ...[
    '1',
    '1.0',
    '-0',
    '1e400',
    '.nan',
    '012',
    '9007199254740993',
    'true',
    'null',
    '~',
    '${args}',
    '\u0000',
    '\ufeff',
  ],
]

/** @param maxLength of the random ones, in pieces */
export function hostileFiles(maxLength = 60): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...PIECES)
  const edit = fc.tuple(
    fc.nat(SOUND.length),
    fc.nat(30),
    fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 4 })),
  )
  const mutated = fc
    .array(edit, { minLength: 1, maxLength: 6 })
    .map((edits) =>
      edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), SOUND),
    )
  const random = fc.array(piece, { maxLength }).map((parts) => parts.join(''))
  return fc.oneof({ arbitrary: mutated, weight: 3 }, random, fc.string({ unit: 'binary' }))
}
