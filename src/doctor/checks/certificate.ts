import { checkServerIdentity, connect, type PeerCertificate, rootCertificates } from 'node:tls'
import { type Finding, type FindingId, finding } from '../../core/findings/index.ts'
import type { Check, DoctorContext } from '../context.ts'

const TWO_WEEKS = 14 * 86_400_000

/** OpenSSL's error codes, and the finding for each. */
const MEANING: Readonly<Record<string, FindingId>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls-self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls-private-ca',
  CERT_HAS_EXPIRED: 'tls-expired',
  CERT_NOT_YET_VALID: 'tls-expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-name',
}

export const certificate: Check = {
  title: 'certificate of the page',
  applies: ({ url }) => url.protocol === 'https:',
  run: (context) => inspect(context, context.url.hostname, portOf(context.url)),
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'ws:': 80, 'https:': 443, 'wss:': 443 }

export const portOf = ({ port, protocol }: URL): number => Number(port) || (DEFAULT_PORTS[protocol] ?? 0)

export const hostAndPort = (url: URL): string => `${url.hostname}:${portOf(url)}`

/** Checks the certificate like a client that knows only the public authorities. */
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
      // `ca` replaces the public authorities, so they are listed too.
      ...(context.ca === undefined ? {} : { ca: [...rootCertificates, context.ca] }),
      timeout: context.timeout,
    })
    const end = (findings: readonly Finding[]): void => {
      socket.destroy()
      resolve(findings.map((one) => ({ ...one, at: `${host}:${port}` })))
    }
    socket.once('error', (error) => end([finding('tls-failed', error.message)]))
    socket.once('timeout', () => end([finding('tls-failed', 'no answer in time')]))
    socket.once('secureConnect', () =>
      end(judge(socket.authorizationError, socket.getPeerCertificate(true), context.now(), bare)),
    )
  })
}

/**
 * All faults of a certificate. OpenSSL reports only the first one, so the next fault would be seen only after a repair.
 */
function judge(
  problem: Error | string | null | undefined,
  leaf: PeerCertificate,
  now: number,
  host: string,
): readonly Finding[] {
  // Node's types say Error, but at run time this is the code as a string, or an error with a code.
  const code =
    typeof problem === 'string' ? problem : ((problem as { code?: string } | null | undefined)?.code ?? null)
  const [from, to] = [new Date(leaf.valid_from).getTime(), new Date(leaf.valid_to).getTime()]
  const ids = new Map<FindingId, string>()
  if (code !== null) ids.set(MEANING[code] ?? issuerFault(code, leaf), code)
  if (checkServerIdentity(host, leaf) !== undefined)
    ids.set('tls-name', `${host} is not one of ${leaf.subjectaltname ?? leaf.subject.CN}`)
  if (now < from || now > to) ids.set('tls-expired', `valid from ${leaf.valid_from} to ${leaf.valid_to}`)
  else if (to - now < TWO_WEEKS && !ids.has('tls-expired')) ids.set('tls-expires-soon', leaf.valid_to)
  return [...ids].map(([id, detail]) => finding(id, detail))
}

/**
 * The issuer is not known. A public authority writes the address of its own certificate into each certificate. So if
 * there is such an address and the certificate came alone, the intermediate is missing. Otherwise the authority is private.
 */
function issuerFault(code: string, leaf: PeerCertificate): FindingId {
  if (!/^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)$/.test(code)) return 'tls-failed'
  const namesIssuer = leaf.infoAccess?.['CA Issuers - URI'] !== undefined
  return alone(leaf) && namesIssuer ? 'tls-chain' : 'tls-private-ca'
}

/** True: the server sent only its own certificate. */
const alone = (leaf: PeerCertificate): boolean => {
  const issuer = (leaf as { issuerCertificate?: { fingerprint256?: string } }).issuerCertificate
  return (
    issuer === undefined ||
    issuer.fingerprint256 === leaf.fingerprint256 ||
    issuer.fingerprint256 === undefined
  )
}
