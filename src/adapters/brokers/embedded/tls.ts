import type { TLSSocket, TlsOptions } from 'node:tls'

/** Encrypted MQTT of the embedded broker: its certificate, and perhaps those that clients have to show. */
export interface BrokerTls {
  /** PEM, with the whole chain: Pilot takes no certificate that it cannot trace to a public authority (facts A2). */
  readonly cert: string | Uint8Array
  /** Its private key, PEM. */
  readonly key: string | Uint8Array
  /** 0 takes any free one. @default 8883 */
  readonly port?: number | undefined
  /**
   * Mutual TLS: only clients with a certificate of this authority (PEM) get in, and its common name has to be the serial
   * number of the gateway that the credential is for. Whether Pilot can be given one is unverified.
   */
  readonly clientAuth?:
    | {
        /** PEM of the authority that signs the certificates of clients. */
        readonly ca: string | Uint8Array
      }
    | undefined
}

export const DEFAULT_TLS_PORT = 8883

export const tlsServerOptions = (
  { cert, key, clientAuth }: BrokerTls,
  handshakeTimeout: number,
): TlsOptions => ({
  cert: text(cert),
  key: text(key),
  minVersion: 'TLSv1.2',
  handshakeTimeout,
  ...(clientAuth === undefined
    ? {}
    : { ca: text(clientAuth.ca), requestCert: true, rejectUnauthorized: true }),
})

const text = (pem: string | Uint8Array): string =>
  typeof pem === 'string' ? pem : Buffer.from(pem).toString('utf8')

/** The name that the certificate of this peer is made out to; '' when it has none, which is nobody's serial number. */
export function certificateName(socket: TLSSocket): string {
  const name = socket.getPeerCertificate().subject?.CN
  return typeof name === 'string' ? name : ''
}
