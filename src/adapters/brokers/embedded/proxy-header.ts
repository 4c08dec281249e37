import { Address6 } from 'ip-address'
import { parseAddress } from '../../../core/access/network.ts'
import { crc32c } from './crc32c.ts'

/** What the first bytes of a connection say; HAProxy's "The PROXY protocol", versions 1 and 2. */
export type ProxyHeader =
  /** So far it could be one. */
  | { readonly kind: 'more' }
  /** It is none, or one that must not be believed. */
  | { readonly kind: 'invalid'; readonly problem: string }
  | {
      readonly kind: 'header'
      /** Bytes, of the header alone. */
      readonly length: number
      /** The client's IP address. Null: the proxy speaks for itself (LOCAL), or does not know (UNKNOWN, a Unix socket). */
      readonly source: string | null
    }

/** Of version 1 with its line end; the specification's bound. */
const LONGEST_V1 = 107
/** Of version 2. Balancers add a few dozen bytes to the addresses, with TLS details some hundred. */
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

/** Nothing else that a controller sends, neither MQTT nor TLS nor an HTTP request, begins like this. */
export const isProxyHeader = (bytes: Buffer): boolean =>
  (bytes.length >= V1.length && startsLike(bytes, V1)) || (bytes.length >= V2.length && startsLike(bytes, V2))

/** So far they could be the beginning of one. */
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

/** Bytes of both addresses with ports, by the family byte; null: addresses that are none of IP. */
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
  // LOCAL has nothing to say about addresses: whatever stands there is skipped.
  if (!local && addresses === undefined)
    return invalid('version 2: the family is none of TCP or Unix stream sockets')
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

/** Type, length and value, one after another: each has to end in the header, and the checksum has to be right. */
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
