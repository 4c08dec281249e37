import { describe, expect, it } from 'vitest'
import { checkViews } from '../../src/core/pages/open.ts'
import { buildPageData } from '../../src/core/pages/page.ts'
import type { PageData } from '../../src/core/pages/page-data.ts'
import { createRenderer, type PageInput } from '../../src/core/pages/render.ts'
import { TEMPLATES } from '../../src/views/embedded.gen.ts'
import { ASSETS } from '../../src/views/embedded-assets.gen.ts'
import { sampleBootstrap } from '../bridge/scripted-server.ts'

const HOSTILE =
  '</script></style><script>alert(1)</script><!--<img src=x onerror=alert(2)>"\'`\u2028 $& <%= y %> {time}'

const data = (page: PageData['page']): PageData =>
  buildPageData({
    page,
    mount: '/drones',
    platformName: 'p',
    apps: [{ name: 'a', url: 'b', package: 'c' }],
    build: 'b',
    reason: page === 'login' ? 'expired' : null,
    bootstrap:
      page === 'home' ? sampleBootstrap({ liveshare: true, map: true, media: true, mop: true }) : null,
    failure: page === 'error' ? { code: 404_000, message: 'm', hint: 'h' } : null,
  })

/** Each text of it replaced; only what chooses a template or a text stays. */
function poisoned(value: unknown, path = ''): unknown {
  if (typeof value === 'string') return /^\.(page|reason|failure\.words)$/.test(path) ? value : HOSTILE
  if (Array.isArray(value)) return value.map((item, index) => poisoned(item, `${path}[${index}]`))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, poisoned(item, `${path}.${key}`)]),
  )
}

const inputOf = (page: PageData['page'], given: PageData): PageInput => ({
  data: given,
  nonce: 'NONCE',
  asset: (name) => (page === 'error' ? HOSTILE : name),
  logo: HOSTILE,
})

/** The page without what is inside attributes and text: only tags are left to count. */
const tags = (html: string, name: string): number => (html.match(new RegExp(`<${name}\\b`, 'g')) ?? []).length

describe.each(['login', 'home', 'fleet', 'error'] as const)(
  'every local of every template of %s, hostile',
  (page) => {
    it('stays text', async () => {
      const renderer = createRenderer({ overrides: { locals: { company: HOSTILE } } })
      const clean = await renderer.render(page, { ...inputOf(page, data(page)), asset: (name) => name })
      const html = await renderer.render(page, inputOf(page, poisoned(data(page)) as PageData))
      for (const tag of ['script', 'style', 'img', 'a', 'button', 'input', 'div'])
        expect([tag, tags(html, tag)]).toEqual([tag, tags(clean, tag)])
      expect(html).not.toMatch(/<!--|<script>alert|<%= y|\sonerror=alert\(2\)>(?!&)/)
      expect(html).toContain('&lt;script&gt;alert(1)')
      const island = /id="dji-cloud-data"[^>]*>([^<]*)<\/script>/.exec(html)?.[1] ?? ''
      expect(island).not.toContain('\u2028')
      expect(JSON.parse(island)).toMatchObject({ page, platform_name: HOSTILE })
    })
  },
)

it('a template that writes a local raw by mistake is warned about, and the policy still stops what gets in', async () => {
  const templates = { 'partials/header': '<header>\n<%- company %></header>' }
  const warnings = await checkViews({ templates, locals: { company: 'Fields' } })
  expect(warnings).toEqual([
    { template: 'partials/header', line: 2, message: expect.stringMatching(/company raw/) },
  ])
  // What holds: a script that got in has no nonce, which test/e2e/hostile.test.ts shows not to run in a browser.
  const html = await createRenderer({ overrides: { templates, locals: { company: HOSTILE } } }).render(
    'login',
    inputOf('login', data('login')),
  )
  expect(html).toContain('<script>alert(1)</script>')
  expect(html).not.toMatch(/<script[^>]*nonce[^>]*>alert/)
})

it('no script of ours writes markup', () => {
  for (const name of ['login.js', 'home.js', 'fleet.js', 'error.js', 'plugin.js'])
    expect(ASSETS[name]?.text).not.toMatch(
      /innerHTML\s*=(?!=)|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/,
    )
})

it('no template writes anything raw but includes, slots, the island and the theme', () => {
  const raw = Object.values(TEMPLATES).flatMap((source) => source.match(/<%-[^%]*/g) ?? [])
  expect(raw.filter((code) => !/<%- (include\(|slot\(|island |theme\.css )/.test(code))).toEqual([])
})
