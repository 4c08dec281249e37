import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import type { TemporaryUpload } from '../../src/plugins/files/index.ts'
import {
  amzDateOf,
  canonicalRequest,
  sign,
  signingKey,
  stringToSign,
} from '../../src/plugins/files/signature.ts'
import { clientOf, filesStage, PREFIX, WORKSPACE_ID } from './stage.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What the code of an error says, or 'ok'. */
const codeOf = (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => 'ok',
    (error: { readonly name: string }) => error.name,
  )

/** A signed request that the test can then change. */
function signed(
  given: TemporaryUpload,
  method: string,
  path: string,
  more: { readonly headers?: Record<string, string>; readonly payload?: string } = {},
) {
  const { credentials, region, endpoint, bucket, object_key_prefix: prefix } = given
  const amzDate = amzDateOf(Date.now())
  const scope = `${amzDate.slice(0, 8)}/${region}/s3/aws4_request`
  const payload = more.payload ?? 'UNSIGNED-PAYLOAD'
  const headers: Record<string, string> = {
    host: new URL(endpoint).host,
    'x-amz-content-sha256': payload,
    'x-amz-date': amzDate,
    'x-amz-security-token': credentials.security_token,
    ...more.headers,
  }
  const names = Object.keys(headers).sort()
  const rawUrl = `/${bucket}/${prefix}/${path}`
  const canonical = canonicalRequest({ method, rawUrl, headers }, names, payload, headers.host ?? '') ?? ''
  const key = signingKey(credentials.access_key_secret, scope)
  const signature = sign(key, stringToSign(canonical, { amzDate, scope }))
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.access_key_id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return {
    url: `${endpoint}${rawUrl}`,
    headers: { ...headers, authorization },
    key,
    amzDate,
    scope,
    signature,
  }
}

const answerOf = async (url: string, init: RequestInit): Promise<string> => {
  const answer = await fetch(url, init)
  return answer.ok ? 'ok' : (/<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1] ?? String(answer.status))
}

describe('attacks on the storage', () => {
  test('another prefix, another workspace and a longer name of the prefix are refused', async () => {
    const stage = await filesStage()
    const given = await stage.upload()
    const client = clientOf(given)
    const other = '22222222-2222-4333-8444-555555555555'
    await stage.files.put(
      `${other}/media/a`,
      (async function* () {
        yield Buffer.from('secret')
      })(),
    )
    for (const Key of [`${other}/media/a`, `${WORKSPACE_ID}/waylines/a`, `${PREFIX}x/a`, PREFIX]) {
      expect(await codeOf(client.send(new PutObjectCommand({ Bucket: given.bucket, Key, Body: 'x' })))).toBe(
        'AccessDenied',
      )
      expect(await codeOf(client.send(new GetObjectCommand({ Bucket: given.bucket, Key })))).toBe(
        'AccessDenied',
      )
    }
    for (const Prefix of ['', WORKSPACE_ID, `${other}/`])
      expect(await codeOf(client.send(new ListObjectsV2Command({ Bucket: given.bucket, Prefix })))).toBe(
        'AccessDenied',
      )
  })

  test('credentials end at their time, and an address does', async () => {
    const stage = await filesStage()
    const given = await stage.upload(PREFIX, 60)
    const client = clientOf(given)
    const put = new PutObjectCommand({ Bucket: given.bucket, Key: `${PREFIX}/a`, Body: 'x' })
    expect(await codeOf(client.send(put))).toBe('ok')
    const url = await stage.files.presignGet(`${PREFIX}/a`, { seconds: 30, request: stage.request })
    expect(await answerOf(url, {})).toBe('ok')
    stage.advance(31_000)
    expect(await answerOf(url, {})).toBe('AccessDenied')
    stage.advance(30_000)
    expect(await codeOf(client.send(put))).toBe('ExpiredToken')
  })

  test('a request that is sent again a quarter of an hour later is refused', async () => {
    const stage = await filesStage()
    const { url, headers } = signed(await stage.upload(), 'PUT', 'a')
    expect(await answerOf(url, { method: 'PUT', headers, body: 'x' })).toBe('ok')
    stage.advance(16 * 60_000)
    expect(await answerOf(url, { method: 'PUT', headers, body: 'y' })).toBe('RequestTimeTooSkewed')
  })

  test('a wrong secret, a changed token and a key of another token are refused', async () => {
    const stage = await filesStage()
    const given = await stage.upload()
    const other = await stage.upload(`${WORKSPACE_ID}/other`)
    const tried = async (more: Partial<TemporaryUpload['credentials']>): Promise<string> => {
      const client = clientOf({ ...given, credentials: { ...given.credentials, ...more } })
      return codeOf(
        client.send(new PutObjectCommand({ Bucket: given.bucket, Key: `${PREFIX}/a`, Body: 'x' })),
      )
    }
    expect(await tried({})).toBe('ok')
    expect(await tried({ access_key_secret: other.credentials.access_key_secret })).toBe(
      'SignatureDoesNotMatch',
    )
    expect(await tried({ security_token: other.credentials.security_token })).toBe('InvalidToken')
    const [payload = '', seal = ''] = given.credentials.security_token.split('.')
    const wider = Buffer.from(
      Buffer.from(payload, 'base64url').toString().replace(PREFIX, WORKSPACE_ID),
    ).toString('base64url')
    expect(await tried({ security_token: `${wider}.${seal}` })).toBe('InvalidToken')
  })

  test('a changed body, query, path or header is refused, and leaves no file', async () => {
    const stage = await filesStage()
    const given = await stage.upload()
    const init = (headers: Record<string, string>, body = 'hello') => ({ method: 'PUT', headers, body })
    const good = signed(given, 'PUT', 'a', { payload: sha256('hello') })
    expect(await answerOf(good.url, init(good.headers, 'hellO'))).toBe('BadDigest')
    expect(await answerOf(`${good.url}?partNumber=1`, init(good.headers))).toBe('SignatureDoesNotMatch')
    expect(await answerOf(`${good.url}b`, init(good.headers))).toBe('SignatureDoesNotMatch')
    const changed = signed(given, 'PUT', 'a', { payload: sha256('hello'), headers: { 'x-amz-meta-a': '1' } })
    expect(await answerOf(changed.url, init({ ...changed.headers, 'x-amz-meta-a': '2' }))).toBe(
      'SignatureDoesNotMatch',
    )
    expect(await stage.files.head(`${PREFIX}/a`)).toBeNull()
    expect(readdirSync(join(stage.directory, 'tmp'))).toEqual([])
    expect(await answerOf(good.url, init(good.headers))).toBe('ok')
  })

  test('a header of S3 that is not signed is refused', async () => {
    const stage = await filesStage()
    const { url, headers } = signed(await stage.upload(), 'PUT', 'a')
    const more = { ...headers, 'x-amz-meta-a': '1' }
    expect(await answerOf(url, { method: 'PUT', headers: more, body: 'x' })).toBe('AccessDenied')
  })

  test('a copy of another file, and what this storage does not have, are refused', async () => {
    const stage = await filesStage()
    const given = await stage.upload()
    const copy = signed(given, 'PUT', 'a', { headers: { 'x-amz-copy-source': '/dji-files/secret' } })
    expect(await answerOf(copy.url, { method: 'PUT', headers: copy.headers, body: 'x' })).toBe(
      'NotImplemented',
    )
    const acl = signed(given, 'PUT', 'a?acl')
    expect(await answerOf(acl.url, { method: 'PUT', headers: acl.headers, body: 'x' })).toBe('NotImplemented')
    const gone = signed(given, 'DELETE', 'a')
    expect(await answerOf(gone.url, { method: 'DELETE', headers: gone.headers })).toBe('AccessDenied')
  })

  test('signed pieces: right ones are taken, a changed one is refused', async () => {
    const stage = await filesStage()
    const made = (text: string, sentText: string) => async (): Promise<string> => {
      const payload = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
      const headers = { 'x-amz-decoded-content-length': String(text.length) }
      const one = signed(await stage.upload(), 'PUT', 'chunked', { payload, headers })
      const empty = sha256('')
      const signature = (last: string, content: string): string =>
        sign(
          one.key,
          ['AWS4-HMAC-SHA256-PAYLOAD', one.amzDate, one.scope, last, empty, sha256(content)].join('\n'),
        )
      const first = signature(one.signature, text)
      const size = text.length.toString(16)
      const body = `${size};chunk-signature=${first}\r\n${sentText}\r\n0;chunk-signature=${signature(first, '')}\r\n\r\n`
      return answerOf(one.url, { method: 'PUT', headers: one.headers, body })
    }
    expect(await made('hello', 'hellO')()).toBe('SignatureDoesNotMatch')
    expect(await stage.files.head(`${PREFIX}/chunked`)).toBeNull()
    expect(await made('hello', 'hello')()).toBe('ok')
    expect(await stage.files.head(`${PREFIX}/chunked`)).toMatchObject({ size: 5 })
  })

  test('paths that lead out are no keys, and links in the directory are not followed', async () => {
    const stage = await filesStage()
    const given = await stage.upload()
    for (const path of ['%2e%2e/%2e%2e/x', 'a%2F..%2Fb', 'a%00b']) {
      const { url, headers } = signed(given, 'PUT', path)
      expect(await answerOf(url, { method: 'PUT', headers, body: 'x' }), path).not.toBe('ok')
    }
    const outside = join(stage.directory, 'outside')
    mkdirSync(outside)
    mkdirSync(join(stage.directory, 'objects', `${WORKSPACE_ID}.d`))
    symlinkSync(outside, join(stage.directory, 'objects', `${WORKSPACE_ID}.d`, 'media.d'))
    const { url, headers } = signed(given, 'PUT', 'a')
    expect(await answerOf(url, { method: 'PUT', headers, body: 'x' })).not.toBe('ok')
    expect(readdirSync(outside)).toEqual([])
  })

  test('the quota counts files and open parts of its workspace, and of no other', async () => {
    const stage = await filesStage({ quotaBytes: 40_000 })
    const given = await stage.upload()
    const client = clientOf(given)
    const Bucket = given.bucket
    const Key = `${PREFIX}/a`
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const codes: string[] = []
    for (let PartNumber = 1; PartNumber <= 12; PartNumber += 1)
      codes.push(
        await codeOf(client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: 'x' }))),
      )
    expect(codes.filter((code) => code === 'ok').length).toBe(9)
    expect(codes.at(-1)).toBe('QuotaExceeded')
    expect(await codeOf(client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })))).toBe('QuotaExceeded')
    const otherPrefix = '22222222-2222-4333-8444-555555555555/media'
    const other = clientOf(await stage.upload(otherPrefix))
    expect(
      await codeOf(other.send(new PutObjectCommand({ Bucket, Key: `${otherPrefix}/a`, Body: 'x' }))),
    ).toBe('ok')
  })

  test('numbers of parts, the number of open uploads and the size of a file have a limit', async () => {
    const stage = await filesStage({ maxFileBytes: 1000 })
    const given = await stage.upload()
    const client = clientOf(given)
    const Bucket = given.bucket
    const Key = `${PREFIX}/a`
    expect(await codeOf(client.send(new PutObjectCommand({ Bucket, Key, Body: 'x'.repeat(1001) })))).toBe(
      'EntityTooLarge',
    )
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const part = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 10_001, Body: 'x' })
    expect(await codeOf(client.send(part))).toBe('InvalidArgument')
    for (let open = 2; open <= 100; open += 1)
      await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    expect(await codeOf(client.send(new CreateMultipartUploadCommand({ Bucket, Key })))).toBe('SlowDown')
  })

  test('an upload from which nothing arrives is given up', async () => {
    const stage = await filesStage({ idleSeconds: 0.2 })
    const { url, headers } = signed(await stage.upload(), 'PUT', 'slow')
    const { host, port, hostname, pathname } = new URL(url)
    const socket = connect(Number(port), hostname)
    const lines = Object.entries({ ...headers, host, 'content-length': '1000' }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )
    socket.write(`PUT ${pathname} HTTP/1.1\r\n${lines.join('')}\r\nhalf`)
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(data.toString())),
    )
    socket.destroy()
    expect(answer).toContain('RequestTimeout')
    expect(readdirSync(join(stage.directory, 'tmp'))).toEqual([])
  })

  test('an address of a deleted file, another bucket and odd ranges show nothing', async () => {
    const stage = await filesStage()
    const given = await stage.upload()
    const put = (): Promise<unknown> =>
      clientOf(given).send(new PutObjectCommand({ Bucket: given.bucket, Key: `${PREFIX}/a`, Body: 'hello' }))
    await put()
    const url = await stage.files.presignGet(`${PREFIX}/a`, { seconds: 60, request: stage.request })
    expect(await answerOf(url, { headers: { range: 'bytes=9-' } })).toBe('InvalidRange')
    const many = await fetch(url, { headers: { range: `bytes=${new Array(500).fill('0-1').join(',')}` } })
    expect((await many.text()).length).toBeLessThanOrEqual(5)
    expect((await fetch(url.replace('/dji-files/', '/other/'))).status).toBe(404)
    expect(await answerOf(url, { method: 'PUT', body: 'x' })).not.toBe('ok')
    await stage.files.delete(`${PREFIX}/a`)
    expect(await answerOf(url, {})).toBe('NoSuchKey')
  })

  test('what a killed process left is swept at the next start, and never listed', async () => {
    const first = await filesStage()
    const [old, fresh] = ['old', 'fresh'].map((name) => join(first.directory, 'tmp', name)) as [
      string,
      string,
    ]
    for (const path of [old, fresh]) writeFileSync(path, 'half')
    const before = new Date(Date.now() - 2 * 60 * 60_000)
    utimesSync(old, before, before)
    const second = await filesStage({ directory: first.directory })
    expect((await second.files.list({ prefix: '' })).files).toEqual([])
    expect(existsSync(old)).toBe(false)
    // It may belong to an upload that still runs.
    expect(existsSync(fresh)).toBe(true)
  })
})
