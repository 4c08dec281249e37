import { describe, expect, test } from 'vitest'
import { networkOf } from '../../../src/core/access/network.ts'

describe('the network of an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    [' 192.0.2.1 ', '192.0.2.1'],
    ['192.0.2.1%eth0', '192.0.2.1'],
    // An IPv4 address in an IPv6 socket, in every spelling.
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['::ffff:102:304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:102:304', '1.2.3.4'],
    // Seen behind a NAT64.
    ['64:ff9b::102:304', '1.2.3.4'],
    // IPv6 by the network that one customer has.
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/56'],
    ['2001:db8:1:2ff::1', '2001:db8:1:200::/56'],
    ['2001:db8:1:200::1', '2001:db8:1:200::/56'],
    ['2001:db8:1:300::1', '2001:db8:1:300::/56'],
    ['2001:0DB8::1', '2001:db8::/56'],
    ['::1', '::/56'],
    ['fe80::1%eth0', 'fe80::/56'],
    ['fe80::1%25eth0', 'fe80::/56'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  test.each([
    ['1.2.3.4:5678', '1.2.3.4'],
    ['[1.2.3.4]:5678', '1.2.3.4'],
    ['[2001:db8:1:200::1]:80', '2001:db8:1:200::/56'],
    ['[2001:db8:1:200::1]', '2001:db8:1:200::/56'],
    ['"[2001:db8:1:200::1]:80"', '2001:db8:1:200::/56'],
    ['[::ffff:102:304]:80', '1.2.3.4'],
    ['[fe80::1%eth0]:80', 'fe80::/56'],
  ])('knows no port: %s is in %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  test.each([
    '1.2.3.4:PORT',
    '[2001:db8::1]:PORT',
    '::ffff:1.2.3.4:PORT',
    '::ffff:102:304:PORT',
    '2001:db8::1:PORT',
    '2001:db8:1:2:3:4:5:6:PORT',
    'unknown:PORT',
    '_PORT',
    'PORT',
    '1.2.3.4, 5.6.7.8:PORT',
    '1.2.3.4\tPORT',
    '[PORT]:80',
    '1.2.3.PORT.4',
  ])('gives no second bucket to whom writes %s', (shape) => {
    const ports = Array.from({ length: 50 }, (_, index) => String(10_000 + index * 7))
    expect(new Set(ports.map((port) => networkOf(shape.replace('PORT', port)))).size).toBe(1)
  })

  test.each([
    '',
    'unknown',
    '_hidden',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.4/8',
    '2001:db8::/32',
    ':::',
    `${'1'.repeat(9_999)}::`,
  ])('of %s is the one that all share who have no address', (text) => {
    expect(networkOf(text)).toBe('unknown')
  })
})
