import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { buildPageData } from '../../../src/core/pages/page.ts'
import { createRenderer, type PageInput, type ViewsOptions } from '../../../src/core/pages/render.ts'
import { sampleBootstrap } from '../../bridge/scripted-server.ts'

const HOSTILE = '</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>"\'`\u2028 $& <%= y %>'

const input = (
  page: 'login' | 'home' | 'fleet' | 'error',
  facts: Partial<Parameters<typeof buildPageData>[0]> = {},
): PageInput => ({
  data: buildPageData({ page, mount: '/drones', ...facts }),
  nonce: 'NONCE',
  asset: (name) => `/drones/pilot/assets/hash/${name}`,
})

const render = (page: 'login' | 'home' | 'fleet' | 'error', facts = {}, overrides: ViewsOptions = {}) =>
  createRenderer({ overrides }).render(page, input(page, facts))

const island = (html: string): Record<string, unknown> =>
  JSON.parse(/id="dji-cloud-data"[^>]*>([^<]*)<\/script>/.exec(html)?.[1] ?? '')

/** As JSON leaves it. */
const plain = (data: PageInput['data']): Record<string, unknown> => JSON.parse(JSON.stringify(data))

describe('every page', () => {
  it.each(['login', 'home', 'fleet', 'error'] as const)(
    '%s: a nonce on each script, nothing inline, all by the mount path',
    async (page) => {
      const html = await render(page, { failure: { code: 1, message: 'm', hint: 'h' } })
      expect(html.trim()).toMatch(/^<!doctype html>[\s\S]*<\/html>$/)
      const scripts = html.match(/<script\b[^>]*>/g) ?? []
      expect(scripts).toHaveLength(3)
      for (const script of scripts) expect(script).toContain('nonce="NONCE"')
      expect(html).not.toMatch(/\sstyle=|\son[a-z]+=|javascript:/i)
      for (const [, url] of html.matchAll(/(?:src|href|action)="([^"]*)"/g))
        expect(url).toMatch(/^\/drones\//)
      const { data } = input(page, { failure: { code: 1, message: 'm', hint: 'h' } })
      expect(island(html)).toEqual({ ...plain(data), texts: expect.any(Object) })
      expect(plain(data).texts).toMatchObject(island(html).texts as object)
    },
  )

  it('says something without JavaScript, and never sends a password by GET', async () => {
    const html = await render('login')
    expect(html).toMatch(/<noscript>.*JavaScript/s)
    expect(html).toContain('<form class="card" id="login-form" method="post"')
    expect(html).toMatch(/id="login-submit" type="submit" disabled/)
  })

  it.each(['expired', 'invalid', 'revoked', 'spent', 'signed_out'] as const)(
    'login says why: %s',
    async (reason) => {
      expect(await render('login', { reason })).toMatch(
        /<p class="notice notice-warn" id="reason" role="status">[^<]{10,}<\/p>/,
      )
    },
  )
})

describe('hostile strings', () => {
  const bootstrap = sampleBootstrap(
    {},
    {
      workspace: { id: 'x', name: HOSTILE, description: HOSTILE },
      user: { id: 'u', username: HOSTILE, role: 'pilot' },
      platform_name: HOSTILE,
      license: { app_id: HOSTILE, app_key: HOSTILE, license: HOSTILE },
    },
  )

  it.each([
    ['home', { bootstrap }],
    ['error', { failure: { code: 1, message: HOSTILE, hint: HOSTILE } }],
    ['login', { messages: { en: { 'login.title': HOSTILE } } }],
  ] as const)('stay text on %s', async (page, facts) => {
    const html = await render(page, facts)
    expect(html.match(/<script\b/g)).toHaveLength(3)
    expect(html).not.toMatch(/<img src=x|<!--|<script[^>]*>[^<]*\u2028/)
    expect(island(html)).toEqual({ ...plain(input(page, facts).data), texts: expect.any(Object) })
  })
})

it('renders under Node itself, where ejs has only a default export', async () => {
  const script = `
    import { createRenderer } from './src/core/pages/render.ts'
    import { buildPageData } from './src/core/pages/page.ts'
    const data = buildPageData({ page: 'login', mount: '' })
    console.log(await createRenderer().render('login', { data, nonce: 'n', asset: (name) => name }))`
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  expect(stdout).toContain('id="login-form"')
})

describe('making pages one’s own', () => {
  it('takes one partial, wherever it is included', async () => {
    const overrides = { templates: { 'partials/header': '<header>Ours, <%= mount %></header>' } }
    for (const page of ['login', 'home', 'fleet', 'error'] as const) {
      expect(await render(page, {}, overrides)).toContain('<header>Ours, /drones</header>')
    }
  })

  it('takes a page that includes ours, with more locals and other texts', async () => {
    const html = await render(
      'login',
      { messages: { en: { 'login.submit': 'Enter' } } },
      {
        locals: { company: 'Fields & Co' },
        templates: {
          login:
            '<p><%= company %> <%= texts["login.submit"] %> <%= t("login.submit") %></p><%- include("bootstrap") %>',
        },
      },
    )
    expect(html).toContain('<p>Fields &amp; Co Enter Enter</p>')
    expect(html).toContain('id="dji-cloud-data"')
  })

  it('takes a function that may use what would have been rendered', async () => {
    const html = await render(
      'login',
      {},
      { render: async (page, { mount }, next) => `${page} ${mount} ${(await next()).length > 1000}` },
    )
    expect(html).toBe('login /drones true')
  })

  it('does not let locals become options of ejs, nor names of ours', async () => {
    const overrides = {
      locals: { delimiter: '?', client: false, settings: { 'view options': { delimiter: '?' } } },
      templates: { login: '<%= delimiter %>' },
    }
    expect(await render('login', {}, overrides)).toBe('?')
    expect(() => createRenderer({ overrides: { locals: { nonce: 'mine' } } })).toThrow(/"nonce" is taken/)
  })

  it.each([
    ['a name that nobody knows', '<%= nowhere %>', /login:1[\s\S]*nowhere/],
    ['a partial that is not there', '<%- include("partials/nowhere") %>', /partials\/nowhere/],
    ['a path outside', '<%- include("../../../etc/passwd") %>', /no template/],
    ['a name of Object', '<%- include("constructor") %>', /no template/],
    ['broken syntax', '<% if ( %>', /./],
  ])('reports %s with its template', async (_, login, message) => {
    const failure = render('login', {}, { templates: { login } })
    await expect(failure).rejects.toMatchObject({
      code: 'VIEW',
      cause: { message: expect.stringMatching(message) },
    })
  })
})

describe('texts of the host itself', () => {
  const messages = {
    en: { 'own.hotline': 'Call {number}', 'own.flights': '{n} flights', 'own.flights.one': 'one flight' },
  }
  it.each(['login', 'home', 'fleet', 'error'] as const)('reach templates and scripts of %s', async (page) => {
    const templates = {
      'partials/footer': `<p><%= t('own.hotline', { number: '112' }) %>, <%= t('own.flights', { n: '1' }) %></p>`,
    }
    const html = await render(
      page,
      { messages, failure: { code: 1, message: 'm', hint: 'h' } },
      { templates },
    )
    expect(html).toContain('<p>Call 112, one flight</p>')
    expect(island(html)['texts']).toMatchObject({
      'own.hotline': 'Call {number}',
      'own.flights.one': 'one flight',
    })
  })
})
