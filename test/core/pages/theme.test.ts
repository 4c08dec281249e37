import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../../src/core/options/parse.ts'
import { themeStyle, themeWarnings } from '../../../src/core/pages/theme.ts'
import { messageFaults } from '../../../src/core/plugins/own-words.ts'

const taken = (pages: object) => parseOptions({ pages }, {}).pages
const refusal = (pages: object): string => {
  try {
    taken(pages)
  } catch (error) {
    return (error as Error).message
  }
  return 'taken'
}

describe('theme', () => {
  it('is nothing where nothing was chosen', () => {
    expect(themeStyle(taken({}).theme)).toBe('')
  })

  it('writes each colour for the theme that it is of', () => {
    const css = themeStyle({
      light: { main: '#123456', onMain: 'white' },
      dark: { main: 'navy' },
      radius: 4,
      font: '"Noto Sans"',
    })
    expect(css).toBe(
      ':root{--main:#123456;--on-main:white;--font:"Noto Sans";--radius:4px}' +
        '@media (prefers-color-scheme:dark){:root:not([data-theme="light"]){--main:navy}}:root[data-theme="dark"]{--main:navy}',
    )
  })

  it.each([
    '#12',
    'red;}body{display:none',
    'url(https://example.com/x)',
    'var(--text)',
    '</style><script>alert(1)</script>',
    'rgb(1,2,3)}',
    'expression(1)//',
  ])('refuses %s as a colour', (main) => {
    expect(refusal({ theme: { light: { main } } })).toMatch(/pages\.theme\.light\.main: needs a colour/)
  })

  it.each(['#fff', '#0a4fa3', '#0a4fa3cc', 'navy', 'rgb(1, 2, 3)', 'rgba(1,2,3,0.5)', 'hsl(210, 50%, 40%)'])(
    'takes %s as a colour',
    (main) => {
      expect(taken({ theme: { light: { main } } }).theme.light?.main).toBe(main)
    },
  )

  it('refuses a font that could leave its rule, and a colour that does not exist', () => {
    expect(refusal({ theme: { font: 'x;}' } })).toMatch(/pages\.theme\.font/)
    expect(refusal({ theme: { light: { mian: 'red' } } })).toMatch(/did you mean "main"/)
  })

  it('warns of what cannot be read', () => {
    expect(themeWarnings({ light: { main: '#0a4fa3', onMain: '#ffffff' } })).toEqual([])
    expect(themeWarnings({ dark: { good: '#35c46a', onGood: '#ffffff' } })).toHaveLength(1)
  })
})

describe('the rest of the look', () => {
  it.each([
    ['/static/logo.svg', true],
    ['data:image/png;base64,AAAA', true],
    ['https://cdn.example.com/logo.svg', false],
    ['//cdn.example.com/logo.svg', false],
    ['/x" onerror="alert(1)', false],
    ['data:text/html,<b>', false],
    ['javascript:alert(1)', false],
  ])('logo %s: %s', (logo, good) => {
    expect(refusal({ logo }) === 'taken').toBe(good)
  })

  it.each([
    ['myapp://open', true],
    ['tel://112', true],
    ['javascript://%0aalert(1)', false],
    ['data://x', false],
    ['file:///etc/passwd', false],
    ['no scheme', false],
  ])('app %s: %s', (url, good) => {
    expect(refusal({ apps: [{ name: 'x', url }] }) === 'taken').toBe(good)
  })

  it('names the text that was meant', () => {
    // With the plugins, whose texts a host may word too: so it is looked at when they are known.
    const faults = messageFaults({ en: { 'login.titel': 'x' } as object }, [])
    expect(faults.map(({ option }) => option)).toEqual(['pages.messages.en.login.titel'])
    expect(faults[0]?.fix).toMatch(/login\.title/)
    expect(taken({ messages: { de: { 'login.title': 'Anmelden' } } }).messages.de).toEqual({
      'login.title': 'Anmelden',
    })
  })
})
