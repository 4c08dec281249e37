import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Pair {
  readonly cert: string
  readonly key: string
}

/** An authority that lives as long as one test file. */
export function createAuthority() {
  const directory = mkdtempSync(join(tmpdir(), 'dji-cloud-certificates-'))
  const file = (name: string): string => join(directory, name)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
    '-subj',
    '/CN=Test authority',
    '-days',
    '2',
  )
  let count = 0
  return {
    ca: readFileSync(file('ca.crt'), 'utf8'),
    issue(name: string): Pair {
      count += 1
      const at = (end: string): string => file(`${count}.${end}`)
      openssl('req', ...newKey, '-keyout', at('key'), '-out', at('csr'), '-subj', `/CN=${name}`)
      writeFileSync(at('ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
      openssl(
        'x509',
        '-req',
        '-in',
        at('csr'),
        '-CA',
        file('ca.crt'),
        '-CAkey',
        file('ca.key'),
        '-CAcreateserial',
        '-out',
        at('crt'),
        '-days',
        '2',
        '-extfile',
        at('ext'),
      )
      return { cert: readFileSync(at('crt'), 'utf8'), key: readFileSync(at('key'), 'utf8') }
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
