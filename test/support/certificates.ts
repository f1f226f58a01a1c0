// Certificates for tests, made by openssl in a folder of the caller's: an authority, and a server's certificate that
// it has signed.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface TestCertificate {
  /** Of the authority: what a client trusts. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/**
 * Paths of PEM files.
 * @param names of files and of the certificate's subject
 * @param addresses that it is good for, as openssl writes them: `IP:127.0.0.1`
 */
export function makeCertificate(folder: string, name: string, addresses = 'IP:127.0.0.1'): TestCertificate {
  const path = (suffix: string) => join(folder, `${name}.${suffix}`)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const authority = ['-x509', '-days', '2', '-subj', `/CN=${name} authority`]
  openssl('req', ...authority, ...newKey, '-keyout', path('ca.key'), '-out', path('ca'))
  openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', path('key'), '-out', path('csr'))
  writeFileSync(path('ext'), `subjectAltName=${addresses}\n`)
  const signing = ['-CA', path('ca'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '2']
  openssl('x509', '-req', '-in', path('csr'), ...signing, '-extfile', path('ext'), '-out', path('cert'))
  return { ca: path('ca'), cert: path('cert'), key: path('key') }
}
