// Reads the certificate and key that `sweep up` shows, and says in words what is wrong with them before anything
// starts.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SweepError } from '../sweeps/errors.ts'

/** Absolute paths, PEM. The certificate's file may hold its chain behind it. */
export interface TlsPaths {
  readonly cert: string
  readonly key: string
}

export interface TlsTexts {
  readonly cert: string
  readonly key: string
}

/** Both flags or neither. @throws SweepError USAGE */
export function checkTlsFlags(cert: string | undefined, key: string | undefined): TlsPaths | undefined {
  if (cert === undefined && key === undefined) return undefined
  if (cert !== undefined && key !== undefined) return { cert, key }
  throw new SweepError('USAGE', `${cert === undefined ? '--tls-key' : '--tls-cert'} stands alone`, {
    hint: 'Give both:  --tls-cert FILE --tls-key FILE',
  })
}

/**
 * The texts of both files, which belong together and are valid now.
 * @throws SweepError USAGE naming the file
 */
export function readTlsFiles(paths: TlsPaths, now: number): TlsTexts {
  const cert = readText('--tls-cert', paths.cert)
  const key = readText('--tls-key', paths.key)
  const certificate = parse('--tls-cert', paths.cert, 'certificate', () => new X509Certificate(cert))
  const privateKey: KeyObject = parse('--tls-key', paths.key, 'key without a pass phrase', () =>
    createPrivateKey(key),
  )
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new SweepError('USAGE', `--tls-key: ${paths.key} is not the key of ${paths.cert}`, {
      hint: "The first certificate in the file must be the server's own.",
    })
  }
  if (Date.parse(certificate.validTo) <= now) {
    throw new SweepError('USAGE', `--tls-cert: ${paths.cert} expired on ${certificate.validTo}`, {
      hint: 'Nobody would trust it. Renew it.',
    })
  }
  return { cert, key }
}

function readText(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SweepError('USAGE', `${flag}: cannot read ${path}: ${(error as Error).message}`, {
      hint: 'Name a PEM file that this user may read.',
      cause: error,
    })
  }
}

function parse<T>(flag: string, path: string, what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new SweepError('USAGE', `${flag}: ${path} holds no ${what}`, {
      hint: 'It must be PEM.',
      cause: error,
    })
  }
}
