import { connect, type PeerCertificate } from 'node:tls'
import type { Check, DoctorContext } from '../context.ts'
import { type Finding, type FindingId, finding } from '../findings.ts'

const TWO_WEEKS = 14 * 86_400_000

/** What OpenSSL calls it, and what that means for Pilot. */
const MEANING: Readonly<Record<string, FindingId>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls-self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls-self-signed',
  CERT_HAS_EXPIRED: 'tls-expired',
  CERT_NOT_YET_VALID: 'tls-expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-name',
}

export const certificate: Check = {
  title: 'certificate of the page',
  needs: ({ url }) => url.protocol === 'https:',
  run: (context) => inspect(context, context.url.hostname, Number(context.url.port || 443)),
}

/** Looks at the certificate as a client that knows the public authorities and nothing by heart. */
export async function inspect(
  context: Pick<DoctorContext, 'timeout' | 'now' | 'ca'>,
  host: string,
  port: number,
): Promise<readonly Finding[]> {
  const bare = host.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({
      host: bare,
      port,
      servername: /^[\d.]+$|:/.test(bare) ? '' : bare,
      rejectUnauthorized: false,
      ...(context.ca === undefined ? {} : { ca: context.ca }),
      timeout: context.timeout,
    })
    const end = (findings: readonly Finding[]): void => {
      socket.destroy()
      resolve(findings)
    }
    socket.once('error', (error) => end([finding('tls-failed', error.message)]))
    socket.once('timeout', () => end([finding('tls-failed', 'no answer in time')]))
    socket.once('secureConnect', () =>
      end(judge(socket.authorizationError, socket.getPeerCertificate(true), context.now())),
    )
  })
}

/** Exported for its table test. */
export function judge(
  problem: Error | string | null | undefined,
  leaf: PeerCertificate,
  now: number,
): readonly Finding[] {
  // Node's types say Error; at run time it is the code as a string, or an error with a code.
  const code =
    typeof problem === 'string' ? problem : ((problem as { code?: string } | null | undefined)?.code ?? null)
  const expires = new Date(leaf.valid_to).getTime()
  if (code === null) return expires - now < TWO_WEEKS ? [finding('tls-expires-soon', leaf.valid_to)] : []
  const known = MEANING[code]
  if (known !== undefined) return [finding(known, code)]
  if (code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    return [finding(alone(leaf) ? 'tls-chain' : 'tls-self-signed', code)]
  if (code === 'UNABLE_TO_GET_ISSUER_CERT' || code === 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY') {
    return [finding(alone(leaf) ? 'tls-chain' : 'tls-self-signed', code)]
  }
  return [finding('tls-failed', code)]
}

/** The server sent its own certificate and no other. */
const alone = (leaf: PeerCertificate): boolean => {
  const issuer = (leaf as { issuerCertificate?: { fingerprint256?: string } }).issuerCertificate
  return (
    issuer === undefined ||
    issuer.fingerprint256 === leaf.fingerprint256 ||
    issuer.fingerprint256 === undefined
  )
}
