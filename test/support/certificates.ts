import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestCertificates {
  /** Of the authority that signed the intermediate. */
  readonly ca: string
  readonly intermediate: string
  /** For `localhost` and 127.0.0.1, signed by the intermediate. */
  readonly good: KeyAndCertificate
  /** For another name. */
  readonly otherName: KeyAndCertificate
  readonly expired: KeyAndCertificate
  readonly selfSigned: KeyAndCertificate
  /** Of a private authority, without an intermediate. */
  readonly privateLeaf: KeyAndCertificate
}

export interface KeyAndCertificate {
  readonly key: string
  readonly cert: string
}

/** An authority, an intermediate and leaves, made by openssl and gone again. All of them obviously fake. */
export function makeCertificates(): TestCertificates {
  const folder = mkdtempSync(join(tmpdir(), 'dji-cloud-certificates-'))
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const read = (name: string) => readFileSync(file(name), 'utf8')

  function request(name: string, subject: string): void {
    openssl(
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${subject}`,
    )
  }
  function sign(name: string, issuer: string, extensions: string, days = '30'): void {
    writeFileSync(file(`${name}.ext`), extensions)
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      `${issuer}.crt`,
      '-CAkey',
      `${issuer}.key`,
      '-CAcreateserial',
      '-out',
      `${name}.crt`,
      '-days',
      days,
      '-extfile',
      `${name}.ext`,
    )
  }
  function leaf(name: string, subject: string, names: string, days?: string): KeyAndCertificate {
    request(name, subject)
    // As public authorities do: where the certificate of the issuer is to be had.
    const issuer = 'authorityInfoAccess=caIssuers;URI:http://ca.example/intermediate.crt'
    sign(name, 'intermediate', `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n${issuer}\n`, days)
    return { key: read(`${name}.key`), cert: read(`${name}.crt`) }
  }

  try {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-days',
      '30',
      '-subj',
      '/CN=Fake Authority',
    )
    request('intermediate', 'Fake Intermediate')
    sign('intermediate', 'ca', 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n')
    const here = 'DNS:localhost,IP:127.0.0.1'
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'self.key',
      '-out',
      'self.crt',
      '-days',
      '30',
      '-subj',
      '/CN=localhost',
      '-addext',
      `subjectAltName=${here}`,
    )
    request('private', 'localhost')
    sign('private', 'ca', `subjectAltName=${here}\nbasicConstraints=CA:FALSE\n`)
    return {
      privateLeaf: { key: read('private.key'), cert: read('private.crt') },
      ca: read('ca.crt'),
      intermediate: read('intermediate.crt'),
      good: leaf('good', 'localhost', here),
      otherName: leaf('other', 'elsewhere.example', 'DNS:elsewhere.example'),
      // Not valid after the moment it was made: openssl refuses negative days.
      expired: leaf('expired', 'localhost', here, '0'),
      selfSigned: { key: read('self.key'), cert: read('self.crt') },
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
