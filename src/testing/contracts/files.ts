import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { isDjiCloudError } from '../../core/errors.ts'
import type { AddressOptions, FileStore } from '../../core/ports/index.ts'
import type { ContractRunner } from './runner.ts'

/** A storage under test. */
export interface FileStoreUnderTest {
  /** The storage. */
  readonly files: FileStore
  /** The request whose client uses the addresses, if the storage needs one. */
  readonly request?: AddressOptions['request']
  /** Called after each test. */
  close?(): unknown
}

/** Options of `fileStoreContract`. */
export interface FileStoreContract extends ContractRunner {
  /** The name of the storage, for the report. */
  readonly name: string
  /** Makes a storage without files. It is closed after the test. */
  readonly make: () => FileStoreUnderTest | Promise<FileStoreUnderTest>
}

const ONE = '0c0c0c0c-0000-4000-8000-00000000000a'
const OTHER = '0c0c0c0c-0000-4000-8000-00000000000b'

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

const fails = (code: string) => (error: unknown) => isDjiCloudError(error) && error.code === code

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const all: Buffer[] = []
  for await (const piece of stream) all.push(Buffer.from(piece as Uint8Array))
  return Buffer.concat(all).toString()
}

/** The tests that every storage of files has to pass. */
export function fileStoreContract({ describe, test, name, make }: FileStoreContract): void {
  const using = (title: string, use: (under: FileStoreUnderTest) => Promise<void>): unknown =>
    test(title, async () => {
      const under = await make()
      try {
        await use(under)
      } finally {
        await under.close?.()
      }
    })

  describe(`the file store ${name}`, () => {
    using('returns a stored file, whole and in parts', async ({ files }) => {
      const key = `${ONE}/a/测试 (1)+&.kmz`
      const put = await files.put(key, pieces('hello ', 'world'), { type: 'application/zip', size: 11 })
      assert.equal(put.size, 11)
      assert.deepEqual(await files.head(key), put)
      const whole = await files.get(key)
      assert.equal(whole.file.type, 'application/zip')
      assert.equal(await textOf(whole.stream), 'hello world')
      assert.equal(await textOf((await files.get(key, { range: { start: 4, end: 6 } })).stream), 'o w')
    })

    using('stores an empty file', async ({ files }) => {
      await files.put(`${ONE}/empty`, pieces())
      assert.equal(await textOf((await files.get(`${ONE}/empty`)).stream), '')
    })

    using('replaces a file, and changes its etag', async ({ files }) => {
      const first = await files.put(`${ONE}/a`, pieces('1'))
      const second = await files.put(`${ONE}/a`, pieces('22'))
      assert.notEqual(first.etag, second.etag)
      assert.equal(await textOf((await files.get(`${ONE}/a`)).stream), '22')
    })

    using('keeps a file apart from files below its name', async ({ files }) => {
      await files.put(`${ONE}/a`, pieces('file'))
      await files.put(`${ONE}/a/b`, pieces('below'))
      await files.delete(`${ONE}/a`)
      assert.equal(await textOf((await files.get(`${ONE}/a/b`)).stream), 'below')
    })

    using('finds no file that does not exist', async ({ files }) => {
      assert.equal(await files.head(`${ONE}/none`), null)
      await assert.rejects(files.get(`${ONE}/none`), fails('FILE_NOT_FOUND'))
      await files.delete(`${ONE}/none`)
    })

    using(
      'refuses content that differs from what was announced, and keeps the old file',
      async ({ files }) => {
        await files.put(`${ONE}/a`, pieces('old'))
        const md5 = createHash('md5').update('other').digest('hex')
        await assert.rejects(
          files.put(`${ONE}/a`, pieces('new'), { checksum: { md5 } }),
          fails('FILE_CHECKSUM'),
        )
        await assert.rejects(files.put(`${ONE}/a`, pieces('new'), { size: 2 }), fails('FILE_CHECKSUM'))
        assert.equal(await textOf((await files.get(`${ONE}/a`)).stream), 'old')
      },
    )

    using('shows nothing of a file whose content was interrupted', async ({ files }) => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half')
        throw new Error('gone')
      }
      await assert.rejects(files.put(`${ONE}/a`, broken()))
      assert.equal(await files.head(`${ONE}/a`), null)
      assert.deepEqual((await files.list({ prefix: `${ONE}/` })).files, [])
    })

    using('refuses keys that lead out of the storage', async ({ files }) => {
      for (const key of [
        '',
        '/a',
        'a/',
        'a//b',
        '../a',
        'a/../b',
        'a/.',
        'a\u0000',
        `a/${'x'.repeat(300)}`,
        'a/\ud800',
      ])
        await assert.rejects(files.put(key, pieces('x')), fails('FILE_KEY'), JSON.stringify(key))
    })

    using('lists in order, page by page, below a prefix only', async ({ files }) => {
      for (const key of ['b', 'a', 'c/d']) await files.put(`${ONE}/${key}`, pieces(key))
      await files.put(`${OTHER}/x`, pieces('x'))
      const first = await files.list({ prefix: `${ONE}/`, limit: 2 })
      assert.deepEqual(
        first.files.map(({ key }) => key),
        [`${ONE}/a`, `${ONE}/b`],
      )
      const second = await files.list({ prefix: `${ONE}/`, limit: 2, cursor: first.cursor })
      assert.deepEqual(
        second.files.map(({ key }) => key),
        [`${ONE}/c/d`],
      )
      assert.equal(second.cursor, null)
    })

    using('gives an address that reads this file', async ({ files, request }) => {
      await files.put(`${ONE}/a b.txt`, pieces('hello'))
      const url = await files.presignGet(`${ONE}/a b.txt`, { seconds: 60, filename: 'ä.txt', request })
      const answer = await fetch(url)
      assert.equal(answer.status, 200)
      assert.match(answer.headers.get('content-disposition') ?? '', /attachment/)
      assert.equal(await answer.text(), 'hello')
      assert.equal((await fetch(url.replace('a%20b', 'a%20c'))).status, 403)
    })

    using(
      'gives temporary credentials with the documented names and no others',
      async ({ files, request }) => {
        const given = await files.temporaryUpload(`${ONE}/media/`, 3600, { request })
        assert.deepEqual(Object.keys(given).sort(), [
          'bucket',
          'credentials',
          'endpoint',
          'object_key_prefix',
          'provider',
          'region',
        ])
        assert.deepEqual(Object.keys(given.credentials).sort(), [
          'access_key_id',
          'access_key_secret',
          'expire',
          'security_token',
        ])
        assert.equal(given.credentials.expire, 3600)
        assert.match(given.endpoint, /^https?:\/\/[^/]+$/)
        assert.doesNotMatch(given.object_key_prefix, /\/$/)
        const key = `${given.object_key_prefix}/a.jpg`
        assert.equal(files.keyOf(key, { request }), `${ONE}/media/a.jpg`)
        await assert.rejects(files.temporaryUpload('../x', 3600, { request }), fails('FILE_KEY'))
      },
    )
  })
}
