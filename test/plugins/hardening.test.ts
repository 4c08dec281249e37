// The weaknesses of DJI's demo (facts H) that routes and pages can have, looked for in every bundled plugin, and the page
// budget with all of them loaded. The isolation between workspaces is part of `pluginContract`, see bundled.test.ts.
import { gzipSync } from 'node:zlib'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type AnyPlugin, definePlugin, type PluginRoute, route } from '../../src/plugin.ts'
import type { PluginUnderTest } from '../../src/testing/index.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { type Host, startHost } from '../support/hosts.ts'
import { type Ask, ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { WORKSPACE_A } from '../support/sessions.ts'
import { BUNDLED } from './bundled.ts'

interface Row {
  readonly plugin: string
  readonly route: PluginRoute
}

const VARIANT = { framework: 'express 5', mount: '', parser: 'none' } as const

/** Plugins whose rows may be open to everybody, and why. A row of another plugin needs a token, or a line here. */
const MAY_BE_PUBLIC: Readonly<Record<string, string>> = {
  'phone-login':
    'a controller and a phone have no token yet; each row that changes something has guard: browser, see test/security/phone-login.test.ts',
  files:
    'a client of S3 signs each request and has no token; each row checks the signature first, see test/files/attacks.test.ts',
  oidc: 'they bring the browser to the provider and back, before anybody has a token',
  recorder: 'takes traces from pages before a login; in production a token is needed, see below',
  simulator: 'its controllers log in through it; in production a token is needed, see below',
}

/** Pages without data: everything that they show and do is asked of other rows, with a token. */
const SHELLS: readonly string[] = ['/pilot/simulator', '/phone-login']

/** They send the browser on, and show nothing. */
const REDIRECTS: readonly string[] = ['/oidc/login', '/oidc/callback', '/oidc/logout', '/oidc/signed-out']

/** So that each check has a row to look at, also while no bundled plugin has a guarded one. */
const probe = definePlugin({
  id: 'probe',
  setup: () => ({
    routes: (['GET', 'POST'] as const).map((method) =>
      route({
        method,
        path: '/probe/api/v1/workspaces/:workspace_id/things',
        guard: 'token',
        input: z.object({ name: z.string().optional() }),
        handle: () => ({ things: [] }),
      }),
    ),
  }),
})

describe('all bundled plugins in one platform', () => {
  const rows: Row[] = []
  const lines: string[] = []
  const record = (fields: object, message: string) =>
    void lines.push(
      `${message} ${JSON.stringify(fields, (_key, part: unknown) =>
        part instanceof Error ? { message: part.message, stack: part.stack } : part,
      )}`,
    )
  let host: Host
  let made: readonly PluginUnderTest[] = []
  let token = ''

  const watched = (plugin: AnyPlugin): AnyPlugin => ({
    ...plugin,
    setup(context) {
      const parts = plugin.setup(context) ?? {}
      for (const route of parts.routes ?? []) rows.push({ plugin: plugin.id, route })
      return parts
    },
  })

  beforeAll(async () => {
    made = await Promise.all(Object.values(BUNDLED).map((make) => make()))
    const others = made.flatMap((one) => one.others ?? [])
    const plugins = [...others, ...made.map((one) => one.plugin), probe]
    host = await startHost(VARIANT, {
      plugins: [...new Map(plugins.map((one) => [one.id, watched(one)])).values()],
      users: testUsers(),
      logger: { debug: record, info: record, warn: record, error: record },
      mqtt: { port: 0, host: '127.0.0.1' },
    })
    await host.cloud.ready()
    const { json } = await ask(host.url, '/manage/api/v1/login', {
      method: 'POST',
      body: { username: 'amelia', password: PASSWORD },
    })
    token = String(json.data?.['access_token'])
  })
  afterAll(async () => {
    await host?.close()
    for (const { close } of made) await close?.()
  })

  const pathOf = ({ path }: PluginRoute): string =>
    path.replace(/:workspace_id/g, WORKSPACE_A.id).replace(/:[a-z][a-z0-9_]*\+?/g, 'nobodys')
  const bodiless = ({ method }: PluginRoute): boolean => method === 'GET' || method === 'HEAD'
  const send = (
    route: PluginRoute,
    headers: Record<string, string>,
    more: Ask = {},
    query = '',
    url = host.url,
  ) =>
    ask(url, `${pathOf(route)}${query}`, {
      method: route.method,
      headers,
      ...(bodiless(route) ? {} : { body: {} }),
      ...more,
    })
  /** Each row by itself, so that a failure names it. */
  async function each(only: (row: PluginRoute) => boolean, check: (row: PluginRoute) => Promise<unknown>) {
    const chosen = rows.filter(({ route }) => only(route))
    expect(chosen.length).toBeGreaterThan(0)
    for (const { plugin, route } of chosen)
      await check(route).catch((cause: unknown) => {
        throw new Error(`${plugin}: ${route.method} ${route.path}`, { cause })
      })
  }
  const isGuarded = ({ guard }: PluginRoute): boolean => guard === 'token'

  test('there are rows of every plugin that has routes', () => {
    expect(rows.length).toBeGreaterThan(5)
    expect(new Set(rows.map(({ plugin }) => plugin)).size).toBeGreaterThan(2)
  })

  test('H13, H19 a row without a guard is one of those that may have none', () => {
    const open = rows.filter(
      ({ plugin, route }) => !isGuarded(route) && !Object.hasOwn(MAY_BE_PUBLIC, plugin),
    )
    expect(open.map(({ plugin, route }) => `${plugin}: ${route.method} ${route.path}`)).toEqual([])
  })

  test('H13, H19 in production no row answers a caller without a token', async () => {
    const made = await Promise.all(Object.values(BUNDLED).map((make) => make()))
    const real = await startHost(VARIANT, {
      environment: 'production',
      secret: 'an obviously fake secret for these tests only',
      publicUrl: 'https://drones.example.com',
      // The provider of oidc-login is one of this test, on loopback.
      insecure: ['http'],
      broker: idleBroker(),
      mqtt: { url: 'ssl://mqtt.example.com:8883' },
      license: { appId: '100001', appKey: 'fake-app-key-of-these-tests', appLicense: 'RkFLRQ==' },
      users: testUsers(),
      logger: false,
      plugins: made.flatMap(({ plugin, others = [] }) => [...others, plugin]),
    })
    try {
      await each(
        ({ path }) => !SHELLS.includes(path),
        async (route) => {
          const { status, text } = await send(route, {}, {}, '', real.url)
          expect(REDIRECTS.includes(route.path) ? [303] : [401, 403, 404]).toContain(status)
          if (status === 303) expect(text).toBe('')
        },
      )
    } finally {
      await real.close()
      for (const { close } of made) await close?.()
    }
  })

  test('H5, H6, H7 an unsigned, an expired, a cut and a foreign token open no guarded row', async () => {
    const claims = jwt.decode(token) as Record<string, unknown>
    const [head = '', body = '', signature = ''] = token.split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    const bad = {
      unsigned: `${none}.${body}.`,
      swapped: `${none}.${body}.${signature}`,
      cut: `${head}.${body}.${signature.slice(1)}`,
      "the demo's": jwt.sign(claims, 'CloudApiSample'),
      empty: '',
    }
    await each(isGuarded, async (route) => {
      for (const [name, value] of Object.entries(bad)) {
        const { status } = await send(route, { 'x-auth-token': value })
        expect({ name, status }).toEqual({ name, status: 401 })
      }
    })
  })

  test('H17 no guarded row takes a token from its address', async () => {
    await each(isGuarded, async (route) => {
      for (const name of ['x-auth-token', 'token', 'access_token'])
        expect((await send(route, {}, {}, `?${name}=${encodeURIComponent(token)}`)).status).toBe(401)
    })
  })

  test('H16 no row lets another origin read its answer', async () => {
    await each(
      () => true,
      async (route) => {
        const { headers } = await send(route, { origin: 'https://evil.example', 'x-auth-token': token })
        expect(headers['access-control-allow-origin']).toBeUndefined()
      },
    )
  })

  test('H18 no row shows the text of an exception', async () => {
    await each(
      (route) => !bodiless(route),
      async (route) => {
        const { status, text } = await send(
          route,
          { 'x-auth-token': token, 'content-type': 'application/json' },
          { body: '{ "x": ' },
        )
        expect(status).toBeLessThan(500)
        expect(text).not.toMatch(/SyntaxError|Unexpected|node_modules|\n\s+at |\/src\//)
      },
    )
  })

  test('H8, H20 no password and no token of what was asked is in the log', () => {
    const all = lines.join('\n')
    for (const secret of [PASSWORD, token, token.split('.')[2] ?? '']) {
      expect(secret.length).toBeGreaterThan(5)
      expect(all).not.toContain(secret)
    }
  })

  test.each([
    ['login', 30_000],
    ['home', 60_000],
    ['fleet', 60_000],
  ] as const)('the %s page, with all that it loads, is at most %i bytes', async (page, most) => {
    const { text } = await ask(host.url, `/pilot/${page}`)
    const parts = [...text.matchAll(/<(?:script|link)\b[^>]*?\s(?:src|href)="([^"]+)"/g)].map(
      ([, url = '']) => url,
    )
    expect(parts.length).toBeGreaterThan(2)
    const loaded = await Promise.all(
      parts.map(async (url) => {
        const { status, text: body } = await ask(host.url, new URL(url, `${host.url}/pilot/${page}`).pathname)
        expect({ url, status }).toEqual({ url, status: 200 })
        return body
      }),
    )
    const sizes = [text, ...loaded].map((one) => gzipSync(one).length)
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(most)
  })
})
