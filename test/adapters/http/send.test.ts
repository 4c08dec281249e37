import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import koaCors from '@koa/cors'
import compression from 'compression'
import cors from 'cors'
import express from 'express'
import helmet from 'helmet'
import Koa from 'koa'
import koaCompress from 'koa-compress'
import { afterEach, describe, expect, test } from 'vitest'
import { besideHost } from '../../../src/adapters/http/send.ts'
import type { DjiCloudOptions } from '../../../src/core/options/types.ts'
import { djiCloud } from '../../../src/express.ts'
import { djiCloud as djiCloudKoa } from '../../../src/koa.ts'
import { testUsers } from '../../support/accounts.ts'
import { ask } from '../../support/http.ts'
import { idleBroker } from '../../support/idle-broker.ts'

describe('our headers beside those of the host', () => {
  test.each<[string, Record<string, unknown>, Record<string, string>, Record<string, unknown>]>([
    ['nothing of the host', {}, { vary: 'origin' }, { vary: 'origin' }],
    ['one of the host', { vary: 'Accept-Encoding' }, { vary: 'origin' }, { vary: 'Accept-Encoding, origin' }],
    ['the same one', { vary: 'Origin, Cookie' }, { vary: 'origin' }, { vary: 'origin, Cookie' }],
    ['several lines', { vary: ['Origin', 'Cookie'] }, { vary: 'x' }, { vary: 'Origin, Cookie, x' }],
    ['all of them', { vary: '*' }, { vary: 'origin' }, { vary: '*' }],
    ['an empty one', { vary: '' }, { vary: 'origin' }, { vary: 'origin' }],
    ['none of ours', { vary: 'Cookie' }, { etag: '1' }, { etag: '1' }],
    [
      'names for scripts',
      { 'access-control-expose-headers': 'X-Request-Id' },
      { 'access-control-expose-headers': 'retry-after' },
      { 'access-control-expose-headers': 'X-Request-Id, retry-after' },
    ],
    ['a cookie', { 'set-cookie': ['a=1'] }, { 'set-cookie': 'b=2' }, { 'set-cookie': ['a=1', 'b=2'] }],
    [
      'what protects the page',
      { 'cache-control': 'public' },
      { 'cache-control': 'no-store' },
      { 'cache-control': 'no-store' },
    ],
  ])('%s', (_name, set, ours, sent) => {
    expect(besideHost({ headers: ours }, (name) => set[name])).toEqual(sent)
  })
})

test('several cookies stand beside those of the host and the one among the headers', () => {
  const cookies = ['c=3', 'd=4']
  const sent = besideHost({ headers: { 'set-cookie': 'b=2' }, cookies }, () => 'a=1')
  expect(sent).toEqual({ 'set-cookie': ['a=1', 'b=2', 'c=3', 'd=4'] })
})

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const ORIGIN = 'https://app.example.com'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const options = (): DjiCloudOptions => ({
  users: testUsers(),
  logger: false,
  broker: idleBroker(),
  http: { cors: [ORIGIN] },
})

const HOSTS: Readonly<Record<string, () => Promise<string>>> = {
  'Express with helmet, compression, cors and a language of its own': () => {
    const app = express()
    const cloud = djiCloud(options())
    closing.push(() => cloud.close())
    app.use(helmet(), compression({ threshold: 0 }), cors({ origin: ORIGIN, exposedHeaders: 'X-Request-Id' }))
    app.use((_request, response, next) => {
      response.vary('Cookie').setHeader('X-Request-Id', '7')
      next()
    })
    return serve(app.use(cloud))
  },
  'Koa with compress, cors and a language of its own': () => {
    const app = new Koa()
    const cloud = djiCloudKoa(options())
    closing.push(() => cloud.close())
    app.use(koaCompress({ threshold: 0 })).use(koaCors({ origin: ORIGIN, exposeHeaders: 'X-Request-Id' }))
    app.use((ctx, next) => {
      ctx.vary('Cookie')
      ctx.set('X-Request-Id', '7')
      return next()
    })
    return serve(app.use(cloud).callback())
  },
}

describe.each(Object.entries(HOSTS))('%s', (_name, start) => {
  const list = (value: unknown): string[] => String(value).toLowerCase().split(/,\s*/).sort()

  test('keeps what it said, and what we say is beside it', async () => {
    const url = await start()
    const headers = { origin: ORIGIN, 'accept-encoding': 'gzip' }
    const page = await ask(url, '/pilot', { headers })
    expect(page.status).toBe(200)
    expect(page.text).toContain('"page":"login"')
    expect(list(page.headers['vary'])).toEqual(
      ['accept-encoding', 'accept-language', 'authorization', 'cookie', 'origin', 'x-auth-token'].sort(),
    )
    expect(page.headers['x-request-id']).toBe('7')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.headers['cache-control']).toBe('no-store')
    expect(list(page.headers['access-control-expose-headers'])).toEqual(['retry-after', 'x-request-id'])
    const link = /href="([^"]*style\.css)"/.exec(page.text)?.[1] ?? ''
    // As a browser has it: relative to the page.
    const asset = new URL(link, `${url}/pilot`).pathname
    const style = await ask(url, asset, { headers })
    expect([style.status, style.headers['content-encoding']]).toEqual([200, 'gzip'])
    expect(list(style.headers['vary'])).toEqual(['accept-encoding', 'cookie', 'origin'])
    const json = await ask(url, '/manage/api/v1/users/current', { headers })
    expect([json.status, list(json.headers['vary'])]).toEqual([401, ['accept-encoding', 'cookie', 'origin']])
  })
})
