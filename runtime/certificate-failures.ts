// Why a TLS connection was not trusted, in words, by the code that Node gives.

const REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that is not known here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: is the clock right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}

export const TRUST_HINT =
  'Trust its authority:  export NODE_EXTRA_CA_CERTS=FILE   (PEM, before the command starts)'

/** null when the code is of another kind of failure. Trying again does not help against one of this kind. */
export function describeCertificateFailure(code: string): string | null {
  return Object.hasOwn(REASONS, code) ? (REASONS[code] ?? null) : null
}
