import { afterEach, describe, expect, it } from 'vitest'
import { en } from '../../src/core/pages/texts/en.ts'
import { zh } from '../../src/core/pages/texts/zh.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'

let cloud: TestCloud
afterEach(() => cloud.close())

const ask = async (language: string | null, path = '/login') => {
  const headers: Record<string, string> = language === null ? {} : { 'accept-language': language }
  const response = await fetch(`${cloud.link}${path}`, { headers })
  return { html: await response.text(), vary: response.headers.get('vary') }
}
const langOf = (html: string): string | undefined => /<html lang="([^"]*)"/.exec(html)?.[1]

describe('the language of a page', () => {
  it.each([
    ['zh-CN,zh;q=0.9', 'zh'],
    ['zh-Hans-CN', 'zh'],
    ['en-US,zh;q=0.5', 'en'],
    ['fr', 'en'],
    [null, 'en'],
    ['"><script>', 'en'],
  ])('is chosen from %s: %s', async (accept, language) => {
    cloud = await startCloud()
    const { html, vary } = await ask(accept)
    expect(langOf(html)).toBe(language)
    expect(html).toContain((language === 'zh' ? zh : en)['login.username'])
    expect(vary).toMatch(/accept-language/)
  })

  it('is that of errors as well', async () => {
    cloud = await startCloud()
    expect((await ask('zh', '/assets/gone/style.css')).html).toContain(zh['error.title'])
  })

  it('can be fixed, added and reworded', async () => {
    cloud = await startCloud({
      pages: {
        language: 'de',
        title: 'Bergrettung',
        messages: { de: { 'login.title': 'Anmelden' } },
      },
    })
    const { html } = await ask('zh')
    expect(langOf(html)).toBe('de')
    expect(html).toContain('<h1 id="login-title">Anmelden</h1>')
    expect(html).toContain('<title>Anmelden · Bergrettung</title>')
    // What the host did not translate is English, never a key.
    expect(html).toContain(en['login.username'])
  })
})

it('the look reaches the page: colours with the nonce, logo, mode', async () => {
  cloud = await startCloud({
    pages: {
      theme: { mode: 'dark', dark: { main: '#ffcc00', onMain: '#000000' } },
      logo: '/static/logo.svg',
    },
  })
  const { html } = await ask(null)
  expect(html).toContain('<html lang="en" data-theme="dark">')
  expect(html).toMatch(/<style nonce="[^"]+">@media[^<]*--main:#ffcc00;--on-main:#000000/)
  expect(html).toContain('<img class="logo" src="/static/logo.svg"')
})

it('both bundled languages have the same placeholders', () => {
  const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()
  for (const [key, text] of Object.entries(en))
    expect(places(zh[key as keyof typeof zh]), key).toEqual(places(text))
})
