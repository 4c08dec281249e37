import { describe, expect, it } from 'vitest'
import {
  crc32c,
  isProxyHeader,
  parseProxyHeader,
} from '../../../src/adapters/brokers/embedded/proxy-protocol.ts'
import { addressesV4, checkedV2, extra, headerV1, headerV2 } from '../../support/balancer.ts'

const text = (line: string): Buffer => Buffer.from(line, 'latin1')
const addressesV6 = (source: string): Buffer =>
  Buffer.concat([Buffer.from(source, 'hex'), Buffer.alloc(16), Buffer.from([0xc3, 0x50, 0x07, 0x5b])])
const v4 = addressesV4('203.0.113.7')
const tls = extra(0x20, Buffer.from('01000000002100035445535432', 'hex'))

describe('a header that is good', () => {
  it.each<[string, Buffer, string | null]>([
    ['version 1, IPv4', headerV1('203.0.113.7'), '203.0.113.7'],
    ['version 1, IPv6', headerV1('2001:DB8::7'), '2001:db8::7'],
    ['version 1, IPv4 in IPv6', headerV1('::ffff:203.0.113.7'), '203.0.113.7'],
    ['version 1, unknown', text('PROXY UNKNOWN\r\n'), null],
    ['version 1, unknown with addresses', text('PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n'), null],
    ['version 2, IPv4', headerV2(v4), '203.0.113.7'],
    [
      'version 2, IPv6',
      headerV2(addressesV6('20010db8000000000000000000000007'), { family: 0x21 }),
      '2001:db8::7',
    ],
    [
      'version 2, IPv4 in IPv6',
      headerV2(addressesV6('00000000000000000000ffffcb007107'), { family: 0x21 }),
      '203.0.113.7',
    ],
    ['version 2, a Unix socket', headerV2(Buffer.alloc(216, 0x2f), { family: 0x31 }), null],
    ['version 2, unspecified', headerV2(Buffer.alloc(0), { family: 0x00 }), null],
    ['version 2, LOCAL', headerV2(Buffer.alloc(0), { command: 0x20, family: 0x00 }), null],
    ['version 2, LOCAL with addresses that do not count', headerV2(v4, { command: 0x20 }), null],
    ['version 2, LOCAL of a family that nobody knows', headerV2(v4, { command: 0x20, family: 0x7f }), null],
    [
      'version 2, extra fields',
      headerV2(Buffer.concat([v4, extra(0xea, text('vpce-fake')), tls, extra(4, Buffer.alloc(9))])),
      '203.0.113.7',
    ],
    ['version 2, a checksum that is right', checkedV2(Buffer.concat([v4, tls])), '203.0.113.7'],
    [
      'version 2, many extra fields',
      headerV2(Buffer.concat([v4, extra(0xe0, Buffer.alloc(4_000))])),
      '203.0.113.7',
    ],
  ])('%s: in one piece, byte by byte, and with MQTT behind it', (_, header, source) => {
    const expected = { kind: 'header', length: header.length, source }
    expect(parseProxyHeader(header)).toEqual(expected)
    expect(parseProxyHeader(Buffer.concat([header, Buffer.from([0x10, 0x16])]))).toEqual(expected)
    for (let end = 0; end < header.length; end += 1)
      expect(parseProxyHeader(header.subarray(0, end))).toEqual({ kind: 'more' })
    expect(isProxyHeader(header)).toBe(true)
  })
})

describe('what is no header, or not to be believed', () => {
  const checked = checkedV2(v4)
  const line = (...rest: string[]): Buffer => text(`PROXY ${rest.join(' ')}\r\n`)
  it.each<[string, Buffer, RegExp]>([
    ['MQTT', Buffer.from('101600044d515454', 'hex'), /something else/],
    ['one byte of MQTT', Buffer.from([0x10]), /something else/],
    ['TLS', Buffer.from('16030100a5010000', 'hex'), /something else/],
    ['HTTP', text('POST /mqtt HTTP/1.1\r\n'), /something else/],
    ['another capital', text('Proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n'), /something else/],
    ['a signature with one wrong byte', Buffer.from('0d0a0d0a000d0a515549540b', 'hex'), /something else/],
    ['a line without an end', text(`PROXY UNKNOWN ${'x'.repeat(100)}`), /too long/],
    ['a line that ends too late', text(`PROXY UNKNOWN ${'x'.repeat(100)}\r\n`), /too long/],
    ['no family', line('1.2.3.4', '5.6.7.8', '1', '2'), /cannot be read/],
    ['UDP', line('UDP4', '1.2.3.4', '5.6.7.8', '1', '2'), /cannot be read/],
    ['too few fields', line('TCP4', '1.2.3.4', '5.6.7.8', '1'), /cannot be read/],
    ['too many fields', line('TCP4', '1.2.3.4', '5.6.7.8', '1', '2', '3'), /cannot be read/],
    ['two blanks', line('TCP4', '', '1.2.3.4', '5.6.7.8', '1', '2'), /cannot be read/],
    [
      'a line feed alone',
      text('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\nPROXY TCP4 9.9.9.9 5.6.7.8 1 2\r\n'),
      /cannot be read/,
    ],
    ['UNKNOWN with more letters', line('UNKNOWNS'), /cannot be read/],
    ['a name for an address', line('TCP4', 'localhost', '5.6.7.8', '1', '2'), /address/],
    ['an address with a port', line('TCP4', '1.2.3.4:5', '5.6.7.8', '1', '2'), /address/],
    ['an address in brackets', line('TCP6', '[::1]', '::1', '1', '2'), /address/],
    ['an address with a zone', line('TCP6', 'fe80::1%eth0', '::1', '1', '2'), /address/],
    ['a network', line('TCP4', '1.2.3.0/24', '5.6.7.8', '1', '2'), /address/],
    ['leading zeroes', line('TCP4', '01.2.3.4', '5.6.7.8', '1', '2'), /address/],
    ['IPv6 as TCP4', line('TCP4', '::1', '::1', '1', '2'), /address/],
    ['IPv4 as TCP6', line('TCP6', '1.2.3.4', '5.6.7.8', '1', '2'), /address/],
    ['a destination that is none', line('TCP4', '1.2.3.4', 'x', '1', '2'), /address/],
    ['a port that is none', line('TCP4', '1.2.3.4', '5.6.7.8', '65536', '2'), /port/],
    ['a port with a zero in front', line('TCP4', '1.2.3.4', '5.6.7.8', '01', '2'), /cannot be read/],
    ['version 3', headerV2(v4, { command: 0x31 }), /version number/],
    ['version 1 in the shape of 2', headerV2(v4, { command: 0x11 }), /version number/],
    ['a third command', headerV2(v4, { command: 0x22 }), /LOCAL nor PROXY/],
    ['datagrams', headerV2(v4, { family: 0x12 }), /family/],
    ['a family that is not assigned', headerV2(v4, { family: 0x41 }), /family/],
    ['addresses that do not fit', headerV2(v4.subarray(0, 11)), /cut off/],
    ['addresses of IPv4 as IPv6', headerV2(v4, { family: 0x21 }), /cut off/],
    ['a length of 64 KiB, at once', headerV2(v4, { length: 65_535 }), /too long/],
    ['an extra field without a length', headerV2(Buffer.concat([v4, Buffer.from([4, 0])])), /cut off/],
    [
      'an extra field that ends too late',
      headerV2(Buffer.concat([v4, Buffer.from([4, 0, 9, 1])])),
      /cut off/,
    ],
    [
      'a checksum of another header',
      Buffer.concat([checked.subarray(0, 16), addressesV4('198.51.100.9'), checked.subarray(28)]),
      /checksum/,
    ],
    ['a checksum of three bytes', headerV2(Buffer.concat([v4, extra(3, Buffer.alloc(3))])), /checksum/],
  ])('%s', (_, bytes, problem) => {
    expect(parseProxyHeader(bytes)).toMatchObject({
      kind: 'invalid',
      problem: expect.stringMatching(problem),
    })
  })

  it('is known by its first bytes: nobody waits for the rest', () => {
    expect(parseProxyHeader(text('PRO')).kind).toBe('more')
    expect(parseProxyHeader(text('PRI')).kind).toBe('invalid')
    expect(parseProxyHeader(headerV2(v4, { command: 0x31 }).subarray(0, 16)).kind).toBe('invalid')
  })

  it.each(['PROPFIND / HTTP/1.1', 'POST /', 'PUT /', 'PROX', '\r\n\r\n'])(
    '%j is not taken for one',
    (start) => {
      expect(isProxyHeader(text(start))).toBe(false)
    },
  )
})

it('computes CRC-32C: the vectors of RFC 3720, B.4', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))).toBe(0x46dd794e)
})
