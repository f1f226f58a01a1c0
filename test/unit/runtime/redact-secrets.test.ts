import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isSecretName,
  redactRemote,
  redactStrings,
  redactText,
  redactWords,
} from '../../../runtime/redact-secrets.ts'

describe('the name of a secret', () => {
  it.each([
    'api-key',
    'apiKey',
    'WANDB_API_KEY',
    'token',
    'hf_token',
    'db.password',
    'client_secret',
    'auth',
  ])('%s is one', (name) => expect(isSecretName(name)).toBe(true))
  it.each([
    'lr',
    'max_tokens',
    'pad-token',
    'eos_token',
    'tokenizer',
    'token_dim',
    'key',
    'keyboard',
    'seed',
  ])('%s is none', (name) => expect(isSecretName(name)).toBe(false))
})

describe('the words of a command line', () => {
  it.each([
    [
      ['--api-key=abc', '--lr=0.1'],
      ['--api-key=***', '--lr=0.1'],
    ],
    [
      ['--password', 'hunter2', '--lr', '0.1'],
      ['--password', '***', '--lr', '0.1'],
    ],
    [
      ['--use-auth-token', '--lr=1'],
      ['--use-auth-token', '--lr=1'],
    ],
    [
      ['API_KEY=abc', 'python'],
      ['API_KEY=***', 'python'],
    ],
    [
      ['++opt.api_key=abc', 'token=x y'],
      ['++opt.api_key=***', 'token=***'],
    ],
    [['{"api_key": "abc", "lr": 0.1}'], ['{"api_key": "***", "lr": 0.1}']],
    [
      ['-H', 'Authorization: Bearer abc.def'],
      ['-H', 'Authorization: Bearer ***'],
    ],
    [['https://me:pw@host/x?token=abc&n=1'], ['https://***@host/x?token=***&n=1']],
    [
      ['--pad-token=<pad>', '--max-tokens', '512'],
      ['--pad-token=<pad>', '--max-tokens', '512'],
    ],
  ])('%j become %j', (words, redacted) => expect(redactWords(words)).toEqual(redacted))

  it('stay as they are when they hold no secret', () => {
    const words = [
      '/usr/bin/env',
      'python',
      'train.py',
      '--lr=1e-3',
      '--note=a: b',
      '--out=/data/x',
      '{"a":1.0}',
    ]
    expect(redactWords(words)).toEqual(words)
  })

  it('never show what stood behind the name of a secret, in a URL or with a known prefix', () => {
    const canary = fc.stringMatching(/^[A-Za-z0-9]{12,40}$/)
    const forms: ((secret: string) => string[])[] = [
      (secret) => [`--api-key=${secret}`],
      (secret) => ['--password', secret],
      (secret) => [`HF_TOKEN=${secret}`],
      (secret) => ['sh', '-c', `export DB_PASSWORD=${secret}; python train.py --token ${secret}`],
      (secret) => [`https://user:${secret}@host/repo.git`],
      (secret) => [`https://${secret}@host/repo.git`],
      (secret) => [`s3://bucket/x?X-Amz-Signature=${secret}&a=b`],
      (secret) => [`{"auth": {"password": "${secret}"}}`],
      (secret) => ['-c', `login(token='${secret}')`],
      (secret) => [`ghp_${secret.padEnd(36, 'x')}`, `sk-proj-${secret}${secret}`],
      (secret) => ['-H', `Authorization: token ${secret}`],
      (secret) => [`swr_r7k3v9r2_1_${secret.padEnd(48, 'x')}`],
    ]
    fc.assert(
      fc.property(canary, fc.constantFrom(...forms), fc.array(fc.string()), (secret, form, others) => {
        const shown = redactWords([...form(secret), ...others.filter((word) => !word.includes(secret))])
        expect(JSON.stringify(shown)).not.toContain(secret)
      }),
      { numRuns: 1000 },
    )
  })

  it('keep their number', () => {
    fc.assert(fc.property(fc.array(fc.string()), (words) => redactWords(words).length === words.length))
  })
})

describe('the address of a repository', () => {
  it.each([
    ['https://github.com/org/repo.git', 'https://github.com/org/repo.git'],
    ['https://ghp_abc@github.com/org/repo.git', 'https://github.com/org/repo.git'],
    ['https://me:p@ss@host:8443/repo', 'https://host:8443/repo'],
    ['ssh://git@host:22/repo', 'ssh://git@host:22/repo'],
    ['ssh://git:pw@host/repo', 'ssh://git@host/repo'],
    ['file://me:pw@/srv/repo', 'file:///srv/repo'],
    ['git@github.com:org/repo.git', 'git@github.com:org/repo.git'],
    ['https://host/repo?private_token=abc#x', 'https://host/repo'],
    ['/srv/git/repo', '/srv/git/repo'],
  ])('%s is shown as %s', (url, shown) => expect(redactRemote(url)).toBe(shown))
})

describe('a text', () => {
  it.each([
    ['+API_KEY=abc123', '+API_KEY=***'],
    ['+    password: hunter2', '+    password: ***'],
    ['+api_key = "abc"', '+api_key = "***"'],
    [`+os.environ["WANDB_API_KEY"] = 'abc'`, `+os.environ["WANDB_API_KEY"] = '***'`],
    ['+token: str = "abc"', '+token: str = "***"'],
    ['-AKIAIOSFODNN7EXAMPLE', '-***'],
    ['+x = "https://me:pw@host/y"', '+x = "https://***@host/y"'],
  ])('%s becomes %s', (line, shown) => expect(redactText(line)).toBe(shown))

  it.each([
    '+def load(token: str, auth=None):',
    '+    token = tokenizer.next()',
    '+  password: string;',
    '+tokenizer.pad_token = tokenizer.eos_token',
    '+lr = 0.1  # key: value',
    'index 3f786850e387550fdab836ed7e6dc881de23001b..89e6c98d92887913cadf06b2adb97f26cde4849b 100644',
    '+    "integrity": "sha512-9Jc5Sv1l4kq3bJxbTb0gqH6xJt9b0Ck7K0dYpM5bqXVt1sF2wQ8zR3nA6uE4iO7pLmN5vB2cX9yT1hG3jK4lZ=="',
    "+sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
  ])('%s stays', (line) => expect(redactText(line)).toBe(line))

  it('keeps its lines when a private key is taken out', () => {
    const key = '+-----BEGIN RSA PRIVATE KEY-----\n+MIIEow\n+abc\n+-----END RSA PRIVATE KEY-----\n+rest\n'
    const shown = redactText(key)
    expect(shown).not.toContain('MIIEow')
    expect(shown.split('\n')).toHaveLength(key.split('\n').length)
    expect(shown).toContain('+rest')
  })

  it.each([
    ['one long word', 'a'.repeat(262_144)],
    ['many names', 'token='.repeat(43_690)],
    ['blanks', `password${' '.repeat(262_144)}`],
    ['quotes', `api_key="${'\\"'.repeat(131_000)}`],
    ['URLs', 'https://'.repeat(32_768)],
    ['flags', '--password '.repeat(23_831)],
    ['begun private keys', '-----BEGIN PRIVATE KEY-----'.repeat(9_709)],
  ])('of 256 KiB is read in a moment: %s', (_, text) => {
    const before = performance.now()
    redactText(text)
    expect(performance.now() - before).toBeLessThan(1_000)
  })
})

it('plain data is redacted in every string and keeps its shape', () => {
  expect(redactStrings({ a: ['https://u:p@h/', 1, null], b: { c: true } })).toEqual({
    a: ['https://***@h/', 1, null],
    b: { c: true },
  })
})
