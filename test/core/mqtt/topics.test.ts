import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isSerial,
  isTopicFilter,
  isTopicName,
  parseProductTopic,
  productTopic,
} from '../../../src/core/mqtt/topics.ts'

describe('product topics', () => {
  it.each([
    ['sys/product/RCFAKE00000001/status', { root: 'sys', serial: 'RCFAKE00000001', suffix: 'status' }],
    ['thing/product/g1/property/set_reply', { root: 'thing', serial: 'g1', suffix: 'property/set_reply' }],
    ['thing/product/G1/#', { root: 'thing', serial: 'G1', suffix: '#' }],
    ['thing/product/G1//osd', { root: 'thing', serial: 'G1', suffix: '/osd' }],
  ])('%s', (topic, parsed) => expect(parseProductTopic(topic)).toEqual(parsed))

  it.each([
    '',
    'thing',
    'thing/product',
    'thing/product/',
    'thing/product/G1',
    'thing/product/G1/',
    'thing/product//osd',
    'thing//product/G1/osd',
    '/thing/product/G1/osd',
    'Thing/product/G1/osd',
    'thing/products/G1/osd',
    'thing/product/G-1/osd',
    'thing/product/G 1/osd',
    'thing/product/+/osd',
    'thing/product/G+/osd',
    'thing/product/../osd',
    'other/product/G1/osd',
    '$share/g/thing/product/G1/osd',
    `thing/product/${'G'.repeat(33)}/osd`,
    'thing/product/G\u0661/osd',
  ])('not %s', (topic) => expect(parseProductTopic(topic)).toBeNull())

  it('reads every topic that it writes', () => {
    const serial = fc.stringMatching(/^[0-9A-Za-z]{1,32}$/)
    const suffix = fc.stringMatching(/^[a-z_/]{1,20}$/)
    fc.assert(
      fc.property(fc.constantFrom('sys' as const, 'thing' as const), serial, suffix, (root, sn, rest) => {
        expect(parseProductTopic(productTopic(root, sn, rest))).toEqual({ root, serial: sn, suffix: rest })
      }),
    )
  })
})

describe('serial numbers', () => {
  it.each(['RCFAKE00000001', '1581FAKE000000000001', 'g1', '7'])('%s', (serial) =>
    expect(isSerial(serial)).toBe(true),
  )
  it.each(['', 'G/1', 'G+', 'G#', 'G 1', 'G\n', 'G1\n', '__proto__', 'Ä1', 'G'.repeat(33)])(
    'not %j',
    (serial) => expect(isSerial(serial)).toBe(false),
  )
})

describe('names and filters', () => {
  it.each(['a', 'a/b', '/', 'a//b'])('name %s', (topic) => expect(isTopicName(topic)).toBe(true))
  it.each(['', 'a/+', 'a/#', '+', 'a\0b', 'a'.repeat(513)])('no name %j', (topic) =>
    expect(isTopicName(topic)).toBe(false),
  )
  it.each(['a', '#', '+', 'a/#', 'a/+/b', '+/+/#'])('filter %s', (filter) =>
    expect(isTopicFilter(filter)).toBe(true),
  )
  it.each(['', 'a#', 'a/#/b', 'a/b+', '+a', '##', 'a\0'])('no filter %j', (filter) =>
    expect(isTopicFilter(filter)).toBe(false),
  )
})
