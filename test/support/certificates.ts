// A certificate authority of a test's own and a certificate of it for 127.0.0.1 and localhost, made by openssl.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of PEM files. */
export interface TestCertificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** Takes about 50 ms. @param folder where the files go; its owner removes it */
export function makeTestCertificates(folder: string): TestCertificates {
  const path = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const caFiles = ['-keyout', path('ca.key'), '-out', path('ca.pem')]
  openssl('req', '-x509', ...newKey, ...caFiles, '-subj', '/CN=sweep test authority')
  const requestFiles = ['-keyout', path('server.key'), '-out', path('server.csr')]
  openssl('req', ...newKey, ...requestFiles, '-subj', '/CN=localhost')
  writeFileSync(path('names.cnf'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  const signedBy = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '2']
  const request = ['-in', path('server.csr'), '-out', path('server.pem'), '-extfile', path('names.cnf')]
  openssl('x509', '-req', ...request, ...signedBy)
  return { ca: path('ca.pem'), cert: path('server.pem'), key: path('server.key') }
}
