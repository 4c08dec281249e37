import { BlockList, isIP } from 'node:net'
import { Address6 } from 'ip-address'
import { z } from 'zod'
import { parseAddress } from '../../../core/access/network.ts'

/** A port of the broker: plain MQTT, MQTT over TLS, MQTT over WebSocket (`websocketPort`). */
export type BrokerPort = 'tcp' | 'tls' | 'websocket'

/** Where the PROXY protocol is expected, and from whom. */
export interface ProxyProtocol {
  /** @default every port of the broker */
  readonly ports?: readonly BrokerPort[] | undefined
  /**
   * Addresses and networks of the balancers, such as `10.0.3.7` or `10.0.0.0/8`. Connections from elsewhere are closed, because
   * a header can claim any address. @default everywhere, so a firewall has to let only balancers reach the port
   */
  readonly from?: readonly string[] | undefined
}

/** Null: this port expects no header. */
export type ProxyRule = {
  /** Whether the platform trusts the header of a connection from this address. */
  readonly trusts: (address: string) => boolean
} | null

const PORTS = ['tcp', 'tls', 'websocket'] as const satisfies readonly BrokerPort[]

/** An address with all its bits, or a network with the bits of its prefix. Null: neither of them. */
function networkIn(text: string) {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  const most = family === 4 ? 32 : 128
  const bits = Number(prefix ?? most)
  return family === 0 || bits > most ? null : { address, bits, family: familyOf(family) }
}

const familyOf = (version: number): 'ipv4' | 'ipv6' => (version === 4 ? 'ipv4' : 'ipv6')

const network = z.string().refine((text) => networkIn(text) !== null, {
  message: 'needs an address or a network, such as 10.0.0.0/8',
})

export const proxyProtocol = z.union(
  [
    z.boolean(),
    z.strictObject({
      ports: z.array(z.enum(PORTS)).min(1).exactOptional(),
      from: z.array(network).min(1).exactOptional(),
    }),
  ],
  {
    error:
      "needs true, false, or { from: ['10.0.0.0/8'], ports: ['tcp', 'tls', 'websocket'] } with one of both or both",
  },
)

/** The rule of each port. */
export function proxyRules(option: boolean | ProxyProtocol | undefined): (port: BrokerPort) => ProxyRule {
  if (option === undefined || option === false) return () => null
  const { ports = PORTS, from }: ProxyProtocol = option === true ? {} : option
  const rule = { trusts: from === undefined ? () => true : listed(from) }
  return (port) => (ports.includes(port) ? rule : null)
}

function listed(from: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const text of from) {
    const found = networkIn(text)
    if (found !== null) list.addSubnet(found.address, found.bits, found.family)
  }
  return (text) => {
    const address = parseAddress(text)?.correctForm()
    return address !== undefined && list.check(address, familyOf(isIP(address)))
  }
}

/** The first bytes of a connection, read as a header of HAProxy's "The PROXY protocol", version 1 or 2. */
export type ProxyHeader =
  /** More bytes are needed. */
  | { readonly kind: 'more' }
  /** It is not a header, or the header must not be trusted. */
  | { readonly kind: 'invalid'; readonly problem: string }
  | {
      readonly kind: 'header'
      /** Bytes of the header. */
      readonly length: number
      /** The client's IP address. Null: the proxy itself connects (LOCAL), or does not know the address (UNKNOWN, a Unix socket). */
      readonly source: string | null
    }

/** The longest header of version 1 with its line end, by the specification. */
const LONGEST_V1 = 107
/** The longest header of version 2 that is accepted. Balancers add at most some hundred bytes to the addresses. */
const LONGEST_V2 = 4_096
const V1 = Buffer.from('PROXY ')
const V2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
const V1_LINE = /^PROXY (?:TCP(4|6) (\S+) (\S+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})|UNKNOWN(?: [^\r\n]*)?)$/

const MORE: ProxyHeader = { kind: 'more' }
const invalid = (problem: string): ProxyHeader => ({ kind: 'invalid', problem })

const startsLike = (bytes: Buffer, signature: Buffer): boolean => {
  const common = Math.min(bytes.length, signature.length)
  return common > 0 && bytes.subarray(0, common).equals(signature.subarray(0, common))
}

/** No MQTT packet, TLS handshake or HTTP request of a controller begins like this. */
export const isProxyHeader = (bytes: Buffer): boolean =>
  (bytes.length >= V1.length && startsLike(bytes, V1)) || (bytes.length >= V2.length && startsLike(bytes, V2))

/** The bytes could be the beginning of a header. */
export const mayBeProxyHeader = (bytes: Buffer): boolean => startsLike(bytes, V1) || startsLike(bytes, V2)

/** @param bytes all that has arrived, from the first byte on */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (bytes.length === 0) return MORE
  if (startsLike(bytes, V1)) return bytes.length < V1.length ? MORE : parseV1(bytes)
  if (startsLike(bytes, V2)) return bytes.length < V2.length ? MORE : parseV2(bytes)
  return invalid('the connection begins with something else')
}

function parseV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, LONGEST_V1).indexOf('\r\n')
  if (end < 0) return bytes.length < LONGEST_V1 ? MORE : invalid('version 1: the line is too long')
  const match = V1_LINE.exec(bytes.toString('latin1', 0, end))
  if (match === null) return invalid('version 1: the line cannot be read')
  const [, family, source = '', destination = '', ...ports] = match
  const length = end + 2
  if (family === undefined) return { kind: 'header', length, source: null }
  const address = plainAddress(source, family)
  if (address === null || plainAddress(destination, family) === null)
    return invalid(`version 1: an address is not one of TCP${family}`)
  if (ports.some((port) => Number(port) > 65_535)) return invalid('version 1: a port is above 65535')
  return { kind: 'header', length, source: address }
}

/** An address without brackets, port, zone or prefix. */
function plainAddress(text: string, family: string): string | null {
  const six = text.includes(':')
  if (six !== (family === '6') || !/^[0-9a-f.:]+$/i.test(text) || (!six && !/^[\d.]+$/.test(text)))
    return null
  return parseAddress(text)?.correctForm() ?? null
}

/** Bytes of both addresses with their ports, by the family byte. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 0: 0, 17: 12, 33: 36, 49: 216 }
const V2_START = 16

function parseV2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_START) return MORE
  const command = bytes.readUInt8(12)
  if (command >> 4 !== 2) return invalid('version 2: its version number is not 2')
  if ((command & 15) > 1) return invalid('version 2: the command is neither LOCAL nor PROXY')
  const family = bytes.readUInt8(13)
  const length = V2_START + bytes.readUInt16BE(14)
  if (length > LONGEST_V2) return invalid('version 2: the header is too long')
  const local = (command & 15) === 0
  const addresses = ADDRESS_BYTES[family]
  // The addresses of a LOCAL header mean nothing and are skipped.
  if (!local && addresses === undefined)
    return invalid('version 2: the family is neither TCP nor Unix stream socket')
  if (!local && V2_START + (addresses ?? 0) > length) return invalid('version 2: the addresses are cut off')
  if (bytes.length < length) return MORE
  const header = bytes.subarray(0, length)
  if (local) return { kind: 'header', length, source: null }
  const problem = problemOfExtras(header, V2_START + (addresses ?? 0))
  return problem === null ? { kind: 'header', length, source: sourceV2(header, family) } : invalid(problem)
}

function sourceV2(header: Buffer, family: number): string | null {
  if (family === 0x11) return header.subarray(16, 20).join('.')
  if (family !== 0x21) return null
  const six = Address6.fromUnsignedByteArray([...header.subarray(16, 32)]).correctForm()
  return parseAddress(six)?.correctForm() ?? six
}

const CHECKSUM = 0x03

/** Extra fields are type, length and value. Each has to end within the header, and the checksum has to be right. */
function problemOfExtras(header: Buffer, start: number): string | null {
  for (let at = start; at < header.length; ) {
    if (at + 3 > header.length) return 'version 2: an extra field is cut off'
    const end = at + 3 + header.readUInt16BE(at + 1)
    if (end > header.length) return 'version 2: an extra field is cut off'
    if (header.readUInt8(at) === CHECKSUM) {
      if (end !== at + 7) return 'version 2: the checksum is wrong'
      const blank = Buffer.from(header).fill(0, at + 3, end)
      if (crc32c(blank) !== header.readUInt32BE(at + 3)) return 'version 2: the checksum is wrong'
    }
    at = end
  }
  return null
}

/** The reversed polynomial of CRC-32C (RFC 3720, B.4). `zlib.crc32` of Node uses another one. */
const POLYNOMIAL = 0x82f63b78

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
  return value
})

/** The checksum of a header of version 2, as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 255] ?? 0)
  return (value ^ 0xffffffff) >>> 0
}
