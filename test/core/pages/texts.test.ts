import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { en } from '../../../src/core/pages/texts/en.ts'
import { chooseLanguage, textsFor } from '../../../src/core/pages/texts/index.ts'
import { SLOTS } from '../../../src/core/plugins/pages.ts'

const source = (folder: string): string => {
  const root = fileURLToPath(new URL(`../../../src/${folder}/`, import.meta.url))
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.gen)\.(ts|ejs)$/.test(name))
    .map((name) => readFileSync(`${root}${name}`, 'utf8'))
    .join('\n')
}

it('has every text that templates, scripts and hints name', () => {
  const code = source('views') + source('bridge')
  const named = [
    ...code.matchAll(
      /'((?:login|reason|notice|home|fleet|link|stuck|do|device|mode|age|time|uploads|logout|leave|status|state|step|module|hint|error|finding|diagnosis|media|live|setting|app)\.[a-z_.]+)'/g,
    ),
  ].map(([, key]) => key)
  expect(named.length).toBeGreaterThan(60)
  const slots: readonly unknown[] = [...SLOTS, 'home.css']
  expect(named.filter((key) => !(String(key) in en) && !key?.endsWith('.') && !slots.includes(key))).toEqual(
    [],
  )
})

it('prefers the words of the host', () => {
  expect(textsFor('en', { en: { 'login.title': 'Hello' } })['login.title']).toBe('Hello')
  expect(textsFor('__proto__')['login.title']).toBe(en['login.title'])
})

it.each([
  [undefined, 'en'],
  ['', 'en'],
  ['de-CH,de;q=0.9', 'de'],
  ['fr, de;q=0.4', 'de'],
  ['en;q=0.2, de;q=0.4', 'de'],
  ['de;q=0', 'en'],
  ['constructor', 'en'],
])('chooses for %s: %s', (accept, language) => {
  expect(chooseLanguage(accept, { de: {} })).toBe(language)
})
