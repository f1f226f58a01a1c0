// The training script of `sweep demo`: a made-up learning curve, printed as a real one would be. A program of its
// own: it reads its arguments, prints JSON lines, and ends with an exit code.

const values = new Map(
  process.argv.slice(2).map((word) => {
    const at = word.indexOf('=')
    return [word.slice(2, at < 0 ? undefined : at), at < 0 ? '' : word.slice(at + 1)] as const
  }),
)
const number = (name: string, standard: number) => Number(values.get(name) ?? standard)

const lr = number('lr', 0.01)
const batchSize = number('batch_size', 64)
const depth = number('depth', 6)
const dropout = number('dropout', 0.1)
const momentum = number('momentum', number('optimizer.momentum', 0.9))
const warmup = number('warmup', 0)
const stepCount = number('steps', 30)
const pauseMs = number('watched_pause_ms', number('pause_ms', 5))
const isAdam = (values.get('optimizer') ?? values.get('optimizer.name')) !== 'sgd'
/** Of runs that differ in nothing else. */
const seedNoise = values.has('seed') ? 0.006 * (number('seed', 1) - 2) : 0

/** How far the configuration is from the best one; 0 there. */
const distance =
  0.12 * Math.log10(lr / 0.003) ** 2 +
  0.015 * Math.abs(depth - 7) +
  0.4 * (dropout - 0.15) ** 2 +
  (isAdam ? 0 : 0.05 + Math.abs(momentum - 0.92)) +
  (batchSize > 128 ? 0.03 : 0) +
  (warmup === 0 ? 0.02 : 0) +
  seedNoise
const diverges = lr > 0.3

if (values.has('broken')) {
  process.stderr.write(
    'ImportError: libcudnn.so.9: cannot open shared object file: No such file or directory\n',
  )
  process.exit(1)
}

process.on('SIGTERM', () => process.exit(143))

for (let step = 1; step <= stepCount; step++) {
  if (step === 3 && batchSize >= 256 && depth >= 11) {
    process.stderr.write(
      `RuntimeError: CUDA out of memory (a toy: batch_size ${batchSize} with depth ${depth} always ends so)\n`,
    )
    process.exit(1)
  }
  const share = step / stepCount
  const noise = 0.01 * Math.sin(step * 12.9898 + seedOf([...values.values()].join()))
  const speed = 4 + 4 / (1 + 4 * distance)
  const loss = diverges && share > 0.4 ? NaN : 0.25 + distance + 2 * Math.exp(-speed * share) + noise
  const row = {
    step,
    epoch: Math.floor(share * 10),
    train_loss: diverges && share > 0.4 ? NaN : loss - 0.05 * share,
    val_loss: loss,
    accuracy: Number.isNaN(loss) ? 0.1 : 1 - Math.min(0.9, loss / 2.5),
  }
  // JSON has no NaN; Python's json writes it bare, and it is read so.
  process.stdout.write(
    `{${Object.entries(row)
      .map(([key, value]) => `"${key}": ${value}`)
      .join(', ')}}\n`,
  )
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
}

/** A number from a text, the same every time. */
function seedOf(text: string): number {
  let sum = 0
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) % 1000
  return sum
}
