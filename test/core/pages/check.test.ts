import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../../src/core/options/parse.ts'
import { checkHtml, checkSources, describeWarning } from '../../../src/core/pages/check.ts'
import { checkViews, openRenderer } from '../../../src/core/pages/open.ts'
import { buildPageData } from '../../../src/core/pages/page.ts'
import type { PageInput } from '../../../src/core/pages/render.ts'
import { TEMPLATES } from '../../../src/views/embedded.gen.ts'

const bundled = Object.keys(TEMPLATES)

it('finds nothing wrong with what is bundled', async () => {
  expect(checkSources(TEMPLATES, bundled)).toEqual([])
  expect(await checkViews({ templates: TEMPLATES })).toEqual([])
})

describe('sources', () => {
  it.each([
    ['a local written raw', '<p>\n<%- company %></p>', 2, /writes company raw.*<%=/],
    ['a text written raw', "<%- t('login.title') %>", 1, /raw/],
    ['raw with a trailing dash', '<%- company -%>', 1, /raw/],
    ['a script without a nonce', '\n\n<script>go()</script>', 3, /<script> without nonce/],
    ['a style without a nonce', '<style>a{}</style>', 1, /<style> without nonce/],
    ['an event attribute', '<b onclick="go()">', 1, /inline onclick/],
    ['a style attribute', '<b style="color:red">', 1, /inline style/],
    [
      'a script from elsewhere',
      '<script nonce="<%= nonce %>" src="https://cdn.example.com/a.js"></script>',
      1,
      /another origin/,
    ],
    ['an image from elsewhere', '<img src="//cdn.example.com/a.png">', 1, /another origin/],
  ])('warn of %s', (_, source, line, message) => {
    expect(checkSources({ 'partials/header': source }, bundled)).toEqual([
      { template: 'partials/header', line, message: expect.stringMatching(message) },
    ])
  })

  it.each([
    ['an include', "<%- include('bootstrap') %>"],
    ['the island', '<script type="application/json" nonce="<%= nonce %>"><%- island %></script>'],
    ['the theme', '<style nonce="<%= nonce %>"><%- theme.css %></style>'],
    ['an escaped local', '<%= company %>'],
    ['a comment', '<%# never <%- this, nor <script> %><!-- <b onclick="x"> -->'],
    ['an own script with the nonce', '<script nonce="<%= nonce %>" src="/static/a.js"></script>'],
  ])('say nothing of %s', (_, source) => {
    expect(checkSources({ 'partials/header': source }, bundled)).toEqual([])
  })

  it('name the template that was probably meant', () => {
    expect(checkSources({ 'partials/haeder': 'x' }, bundled)[0]?.message).toMatch(
      /did you mean "partials\/header"/,
    )
    expect(checkSources({ 'partials/own': 'x', login: "<%- include('partials/own') %>" }, bundled)).toEqual(
      [],
    )
  })
})

describe('pages', () => {
  it.each([
    [
      'no bootstrap',
      {
        login:
          '<!doctype html><meta name="viewport"><form id="login-form"><input id="username"><input id="password"><button id="login-submit">',
      },
      /no bootstrap/,
    ],
    [
      'a field that is missing',
      { login: '<!doctype html><meta name="viewport"><%- include(\'bootstrap\') %>' },
      /id login-form, username, password, login-submit/,
    ],
    ['no viewport', { 'partials/head': '<!doctype html><html><body>' }, /viewport/],
    ['no doctype', { 'partials/head': '<html><meta name="viewport"><body>' }, /doctype/],
    ['a template that cannot be compiled', { login: '<% if ( %>' }, /cannot be rendered/],
    ['a name that nobody knows', { login: '<%= nowhere %>' }, /nowhere/],
    ['a bootstrap without nonces', { bootstrap: '<script id="dji-cloud-data"></script>' }, /nonce/],
  ])('warn of %s', async (_, templates, message) => {
    const said = (await checkViews({ templates })).map(describeWarning).join('\n')
    expect(said).toMatch(message)
  })

  it('are judged as they are, whoever made them', () => {
    expect(checkHtml('error', '<!doctype html><meta name="viewport"><p id="dji-cloud-data">')).toEqual([])
  })
})

const input: PageInput = {
  data: buildPageData({ page: 'login', mount: '' }),
  nonce: 'n',
  asset: (name) => name,
}

describe('at the start of an app', () => {
  const open = (given: object) => {
    const said: string[] = []
    const warn = (_: object, message: string): void => void said.push(message)
    const nothing = (): void => {}
    const logger = { debug: nothing, info: nothing, warn, error: nothing }
    return { renderer: openRenderer(parseOptions(given, {}), logger), said }
  }

  it('says nothing when nothing is overridden', async () => {
    const { renderer, said } = open({})
    await renderer.render('login', input)
    expect(said).toEqual([])
  })

  it('warns of templates, without waiting for the first page', async () => {
    const { said } = open({ views: { templates: { login: '<p>Hello</p>' } } })
    await expect.poll(() => said.join()).toMatch(/template login has no bootstrap/)
  })

  it('warns of a login page that cannot ask for what the user store wants', async () => {
    const users = {
      ...{ authenticate: async () => null, findById: async () => null, verifyChallenge: async () => null },
      fields: { tenant: { label: 'Tenant' } },
    }
    const bare = `<!doctype html><meta name="viewport"><form id="login-form"><input id="username"><input id="password">
      <button id="login-submit"></button></form><%- include('bootstrap') %>`
    const { said } = open({ users, views: { templates: { login: bare } } })
    await expect.poll(() => said.join()).toMatch(/the id field-tenant, code-form, code, code-submit/)
    const whole = `${bare}<%- include('partials/login-fields') %><%- include('partials/second-step') %>`
    expect(await checkViews({ templates: { login: whole } }, undefined, users)).toEqual([])
  })

  it('warns of a render function with its first page, once', async () => {
    const { renderer, said } = open({ views: { render: () => '<p>Hello</p>' } })
    await renderer.render('login', input)
    const first = said.length
    expect(said.join()).toMatch(/no bootstrap/)
    await renderer.render('login', input)
    expect(said).toHaveLength(first)
  })

  it('warns of colours that cannot be told apart', () => {
    const { said } = open({ pages: { theme: { light: { main: '#777777', onMain: '#888888' } } } })
    expect(said.join()).toMatch(/onMain on main has a contrast of 1\.\d/)
  })
})
