import { Readable } from 'node:stream'
import { describe, expect, it, test } from 'vitest'
import { type FileInfo, fileResponse, planOf, redirectResponse } from '../../../src/core/http/answers.ts'
import { afterFirstByte, readableOf } from '../../../src/core/http/outgoing.ts'

const AT = Date.UTC(2026, 0, 31, 13, 5, 9, 400)
const DATE = 'Sat, 31 Jan 2026 13:05:09 GMT'
const LATER = 'Sat, 31 Jan 2026 13:05:10 GMT'
const EARLIER = 'Sat, 31 Jan 2026 13:05:08 GMT'
const FILE: FileInfo = { size: 100, type: 'video/mp4', etag: 'v1', modifiedAt: AT }

type Asked = Readonly<Record<string, string>>
const told = (headers: Asked, facts: FileInfo = FILE, method = 'GET'): unknown => {
  try {
    const plan = planOf({ method, headers }, facts)
    if (plan.status === 304) return 304
    return plan.range === null ? plan.status : [plan.status, plan.range.start, plan.range.end]
  } catch (error) {
    const { status, headers: own } = error as { status: number; headers: Asked }
    return own['content-range'] === undefined ? status : [status, own['content-range']]
  }
}

const WHOLE = [200, 0, 99]

describe('a range', () => {
  test.each<[string, unknown]>([
    ['bytes=0-9', [206, 0, 9]],
    ['bytes=0-0', [206, 0, 0]],
    ['bytes=90-', [206, 90, 99]],
    ['bytes=90-500', [206, 90, 99]],
    ['bytes=-10', [206, 90, 99]],
    ['bytes=-100', [206, 0, 99]],
    ['bytes=-500', [206, 0, 99]],
    ['Bytes=0-9', [206, 0, 9]],
    [' bytes= 0-9 ', [206, 0, 9]],
    ['bytes=0-9,5-20', [206, 0, 20]],
    ['bytes=0-9,500-', [206, 0, 9]],
    ['bytes=0-9,50-59', WHOLE],
    ['bytes=100-', [416, 'bytes */100']],
    ['bytes=100-200', [416, 'bytes */100']],
    ['bytes=-0', [416, 'bytes */100']],
    ['bytes=9-5', [416, 'bytes */100']],
    ['bytes=', WHOLE],
    ['bytes=a-b', WHOLE],
    ['bytes=1', WHOLE],
    ['bytes=--1', WHOLE],
    ['bytes', WHOLE],
    ['items=0-9', WHOLE],
    ['', WHOLE],
  ])('%j', (range, expected) => {
    expect(told({ range })).toEqual(expected)
  })

  it('of an empty file has nothing', () => {
    const empty = { ...FILE, size: 0 }
    expect(told({}, empty)).toBe(200)
    for (const range of ['bytes=0-', 'bytes=-5', 'bytes=0-0'])
      expect(told({ range }, empty)).toEqual([416, 'bytes */0'])
  })

  it('matters to GET only', () => {
    for (const method of ['HEAD', 'POST']) expect(told({ range: 'bytes=0-9' }, FILE, method)).toEqual(WHOLE)
  })
})

describe('a condition', () => {
  const BARE: FileInfo = { size: 100, type: 'video/mp4' }
  const WEAK: FileInfo = { ...FILE, etag: 'W/"v1"' }
  test.each<[Asked, FileInfo, unknown]>([
    [{ 'if-none-match': '"v1"' }, FILE, 304],
    [{ 'if-none-match': 'W/"v1"' }, FILE, 304],
    [{ 'if-none-match': '"v0", "v1"' }, FILE, 304],
    [{ 'if-none-match': '*' }, FILE, 304],
    [{ 'if-none-match': '"v0"' }, FILE, WHOLE],
    [{ 'if-none-match': '"v1"' }, BARE, WHOLE],
    [{ 'if-none-match': '"v0"', 'if-modified-since': LATER }, FILE, WHOLE],
    [{ 'if-none-match': '"v1"', range: 'bytes=0-9' }, FILE, 304],
    [{ 'if-none-match': '"v1"', 'cache-control': 'no-cache' }, FILE, WHOLE],
    [{ 'if-modified-since': DATE }, FILE, 304],
    [{ 'if-modified-since': EARLIER }, FILE, WHOLE],
    [{ 'if-modified-since': 'yesterday' }, FILE, WHOLE],
    [{ 'if-match': '"v1"' }, FILE, WHOLE],
    [{ 'if-match': '*' }, FILE, WHOLE],
    [{ 'if-match': '"v0"' }, FILE, 412],
    [{ 'if-match': 'W/"v1"' }, WEAK, 412],
    [{ 'if-match': '"v1"' }, BARE, 412],
    [{ 'if-unmodified-since': DATE }, FILE, WHOLE],
    [{ 'if-unmodified-since': EARLIER }, FILE, 412],
    [{ 'if-match': '"v1"', 'if-unmodified-since': EARLIER }, FILE, WHOLE],
    [{ 'if-range': '"v1"', range: 'bytes=0-9' }, FILE, [206, 0, 9]],
    [{ 'if-range': '"v0"', range: 'bytes=0-9' }, FILE, WHOLE],
    [{ 'if-range': '"v0"', range: 'bytes=500-' }, FILE, WHOLE],
    [{ 'if-range': 'W/"v1"', range: 'bytes=0-9' }, WEAK, WHOLE],
    [{ 'if-range': DATE, range: 'bytes=0-9' }, FILE, [206, 0, 9]],
    [{ 'if-range': LATER, range: 'bytes=0-9' }, FILE, WHOLE],
    [{ 'if-range': DATE, range: 'bytes=0-9' }, BARE, WHOLE],
  ])('%j', (headers, facts, expected) => {
    expect(told(headers, facts)).toEqual(expected)
  })

  it('is nothing to a POST', () => {
    expect(told({ 'if-none-match': '"v1"' }, FILE, 'POST')).toEqual(WHOLE)
  })
})

describe('a file', () => {
  const ask = (headers: Asked = {}, method = 'GET') =>
    fileResponse({ method, headers }, { ...FILE, open: (range) => Readable.from([JSON.stringify(range)]) })

  it('is kept by its client alone, and nothing in it runs', async () => {
    expect((await ask()).headers).toEqual({
      'content-type': 'video/mp4',
      'cache-control': 'private, no-cache, no-transform',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'accept-ranges': 'bytes',
      etag: '"v1"',
      'last-modified': DATE,
      'content-length': '100',
    })
  })

  it('is not opened where no byte of it is sent', async () => {
    expect((await ask({}, 'HEAD')).body).toBeNull()
    expect((await ask({ 'if-none-match': '"v1"' })).body).toBeNull()
    const part = await ask({ range: 'bytes=5-6' })
    expect(await readableOf(part.body as never).toArray()).toEqual(['{"start":5,"end":6}'])
  })

  it('takes other headers of its owner', async () => {
    const answer = await fileResponse(
      { method: 'GET', headers: {} },
      { ...FILE, open: () => Readable.from([]), headers: { 'content-disposition': 'attachment' } },
    )
    expect(answer.headers['content-disposition']).toBe('attachment')
  })
})

describe('a redirect', () => {
  test.each([
    ['https://files.example.com/a b?x=ü#y', 'https://files.example.com/a%20b?x=%C3%BC#y'],
    ['http://192.0.2.1:9000/x', 'http://192.0.2.1:9000/x'],
    ['/drones/file', '/drones/file'],
    ['/a b\r\nset-cookie: x', '/a%20bset-cookie:%20x'],
  ])('to %j', (given, location) => {
    const answer = redirectResponse(given)
    expect(answer).toEqual({ status: 307, headers: { location, 'cache-control': 'no-store' }, body: null })
  })

  test.each([
    '//evil.example',
    '/\\evil.example',
    '/..//evil.example',
    '/.//evil.example',
    'javascript:x',
    'file',
    '',
  ])('not to %j', (given) => {
    expect(() => redirectResponse(given)).toThrow(TypeError)
  })

  it('may turn a POST into a GET', () => {
    expect(redirectResponse('/x', { status: 303 }).status).toBe(303)
  })
})

describe('the start of a streamed answer', () => {
  const answer = (body: AsyncIterable<string>) => ({ status: 200, headers: {}, body })
  const request = (method = 'GET') => ({ method, signal: new AbortController().signal })

  it('is an error where the stream fails first', async () => {
    const failing = (async function* () {
      yield await Promise.reject(new Error('no such object'))
    })()
    await expect(afterFirstByte(answer(failing), request())).rejects.toThrow('no such object')
    const closed = Readable.from(['x'])
    closed.destroy()
    await expect(afterFirstByte(answer(closed), request())).rejects.toThrow('closed before its first byte')
    const closing = new Readable({ read: () => void closing.destroy() })
    await expect(afterFirstByte(answer(closing), request())).rejects.toThrow('closed before its first byte')
  })

  it('keeps every byte', async () => {
    const { body } = await afterFirstByte(answer(Readable.from(['a', 'b'])), request())
    expect(await readableOf(body as never).toArray()).toEqual(['a', 'b'])
  })

  it('of a HEAD reads nothing', async () => {
    let read = 0
    const source = new Readable({
      read() {
        read += 1
      },
    })
    expect(await afterFirstByte(answer(source), request('HEAD'))).toMatchObject({ body: null })
    expect([read, source.destroyed]).toEqual([0, true])
  })

  it('is not waited for when the client has gone', async () => {
    const waiting = new Readable({ read: () => undefined })
    const client = new AbortController()
    const started = afterFirstByte(answer(waiting), { method: 'GET', signal: client.signal })
    client.abort()
    await started
    expect(waiting.destroyed).toBe(true)
  })
})
