import { describe, expect, it } from 'vitest'
import { brokenBound, MAX_NESTING, MAX_PARTS, parseEnvelope } from '../../../src/core/mqtt/messages.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)

describe('limits of a JSON text', () => {
  it.each([
    ['{"data":{"a":1}}', null],
    [`[${'{},'.repeat(80_000)}{}]`, 'parts'],
    [`{${Array.from({ length: 20_000 }, (_, key) => `"${key}":0`).join()}}`, 'parts'],
    [`{"a":"${',{['.repeat(MAX_PARTS)}"}`, null],
    [`{"a":"\\"${',{['.repeat(MAX_PARTS)}"}`, null],
    ['['.repeat(MAX_NESTING + 1), 'nesting'],
    ['['.repeat(MAX_NESTING), null],
    ['not JSON', null],
  ])('%.20s', (text, bound) => {
    expect(brokenBound(bytes(text))).toBe(bound)
  })

  it('are checked before parsing, and the error names them', () => {
    expect(parseEnvelope(bytes(`{"data":[${'{},'.repeat(MAX_PARTS)}{}]`))).toEqual({
      ok: false,
      reason: 'payload: more than 4000 values',
    })
  })
})
