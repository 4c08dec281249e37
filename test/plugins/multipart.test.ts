// Forms with files, part after part, with caps; in every framework, and by hand-made bodies that no browser sends.
import { EventEmitter, once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { definePlugin, type MultipartBody, type MultipartLimits, route } from '../../src/plugin.ts'
import { VARIANTS } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { openRequest } from '../support/stream-client.ts'
import { start } from './start.ts'

const seen = new EventEmitter()
const LIMIT = 5_000_000

type Told = (readonly unknown[])[]
async function readAll(body: MultipartBody): Promise<Told> {
  const told: Told = []
  for await (const part of body) {
    if (part.kind === 'field') told.push([part.name, part.value])
    else {
      let size = 0
      for await (const chunk of part.stream) {
        size += chunk.length
        seen.emit('read', size)
      }
      told.push([part.name, part.filename, part.contentType, size])
    }
  }
  return told
}

/** Looks at the first bytes of each file, or at none. */
async function lookAt(body: MultipartBody, bytes: boolean): Promise<Told> {
  const told: Told = []
  for await (const part of body) {
    told.push([part.name])
    if (bytes && part.kind === 'file') for await (const _ of part.stream) break
  }
  return told
}

const row = (path: string, handle: (body: MultipartBody) => Promise<unknown>, multipart?: MultipartLimits) =>
  route({
    ...{ method: 'POST', path, guard: 'public', body: 'multipart', bodyLimit: LIMIT, multipart },
    handle: ({ body }) => handle(body),
  })

const plugin = definePlugin({
  id: 'forms',
  setup: () => ({
    routes: [
      row('/forms/all', readAll),
      row('/forms/skip', (body) => lookAt(body, false)),
      row('/forms/peek', (body) => lookAt(body, true)),
      row('/forms/first', async (body) => {
        for await (const { name } of body) return name
      }),
      row('/forms/never', async () => 'not read'),
      row('/forms/capped', readAll, { files: 1, fileBytes: 1000, fields: 2, fieldBytes: 10 }),
      row('/forms/slow', async (body) => {
        let size = 0
        for await (const part of body)
          if (part.kind === 'file')
            for await (const chunk of part.stream) {
              size += chunk.length
              seen.emit('read', size)
              await setImmediate()
            }
        return size
      }),
    ],
  }),
})

type Entry = readonly [name: string, value: string | Uint8Array, filename?: string]
function form(entries: readonly Entry[], end = '--\r\n') {
  const pieces = entries.flatMap(([name, value, filename]) => [
    Buffer.from(
      `--edge\r\ncontent-disposition: form-data; name="${name}"${
        filename === undefined ? '' : `; filename="${filename}"\r\ncontent-type: image/jpeg`
      }\r\n\r\n`,
    ),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...pieces, Buffer.from(`--edge${end}`)])
}
const FORM = { 'content-type': 'multipart/form-data; boundary=edge' }
const bytes = (size: number) => Buffer.alloc(size, 7)

describe.each(
  VARIANTS.filter(({ mount, parser }) => mount === '' && parser === 'before').map(
    ({ framework }) => framework,
  ),
)('%s, with a parser of the host in front', (framework) => {
  const serve = async () => {
    const { url } = await start(
      { plugins: [plugin], broker: idleBroker() },
      { framework, mount: '', parser: 'before' },
    )
    const post = (path: string, body: Uint8Array | string, headers: Record<string, string> = FORM) =>
      ask(url, `/forms/${path}`, { method: 'POST', body, headers })
    return { port: Number(new URL(url).port), post }
  }

  it('hands fields and files over in their order, in names of any language, without folders', async () => {
    const { post } = await serve()
    const { json } = await post(
      'all',
      form([
        ['title', 'gr\u00fc\u00dfe'],
        ['photo', bytes(300_000), '../../etc/\u7167\u7247.jpg'],
        ['empty', '', 'none.bin'],
        ['__proto__', 'x'],
      ]),
    )
    expect(json.data).toEqual([
      ['title', 'gr\u00fc\u00dfe'],
      ['photo', '\u7167\u7247.jpg', 'image/jpeg', 300_000],
      ['empty', 'none.bin', 'image/jpeg', 0],
      ['__proto__', 'x'],
    ])
  })

  it('skips what a handler leaves alone, in part or as a whole', async () => {
    const { post } = await serve()
    const two = form([
      ['one', bytes(400_000), 'a'],
      ['two', bytes(400_000), 'b'],
      ['three', 'x'],
    ])
    for (const path of ['skip', 'peek'])
      expect((await post(path, two)).json.data).toEqual([['one'], ['two'], ['three']])
    expect((await post('first', two)).json.data).toBe('one')
    expect((await post('never', two)).json.data).toBe('not read')
  })

  it('answers 413 beyond a cap, 415 to what is no form, 400 to one that breaks off', async () => {
    const { post } = await serve()
    const many = (count: number, filename?: string): Entry[] =>
      Array.from({ length: count }, (_, index): Entry => {
        const name = `n${index}`
        return filename === undefined ? [name, 'x'] : [name, 'x', filename]
      })
    const table: readonly (readonly [number, string, Buffer])[] = [
      [200, 'capped', form([...many(2), ['f', bytes(1000), 'f']])],
      [413, 'capped', form(many(3))],
      [413, 'capped', form(many(2, 'f'))],
      [413, 'capped', form([['f', bytes(1001), 'f']])],
      [413, 'capped', form([['long', 'x'.repeat(11)]])],
      [413, 'capped', form([['x'.repeat(300), 'x']])],
      [413, 'all', form([['f', bytes(LIMIT), 'f']])],
      [400, 'all', form([['f', bytes(1000), 'f']], '')],
      [400, 'all', form([['f', bytes(1000), 'f']]).subarray(0, 700)],
      [400, 'skip', form([['f', bytes(1000), 'f']]).subarray(0, 700)],
    ]
    for (const [index, [status, path, body]] of table.entries())
      expect([index, (await post(path, body)).status]).toEqual([index, status])
    for (const type of ['multipart/form-data', 'multipart/mixed; boundary=edge', 'text/plain'])
      expect((await post('all', form(many(1)), { 'content-type': type })).status).toBe(415)
  })
})

describe('a form on its way', () => {
  it('slows its client down, and fails when the client goes away', async () => {
    const { url } = await start({ plugins: [plugin], broker: idleBroker() })
    const port = Number(new URL(url).port)
    const head = form([['f', bytes(100_000), 'f']], '').subarray(0, 60_000)
    const leaving = openRequest(port, '/forms/all', { headers: { ...FORM, 'content-length': '900000' } })
    leaving.on('error', () => undefined)
    const reading = once(seen, 'read')
    leaving.write(head)
    await reading
    leaving.destroy()
    // The next one is served, and nothing has ended the process.
    const fine = openRequest(port, '/forms/slow', { headers: FORM })
    fine.end(form([['f', bytes(2_000_000), 'f']]))
    const [answer] = (await once(fine, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of answer) text += String(chunk)
    expect(JSON.parse(text)).toMatchObject({ data: 2_000_000 })
  })
})
