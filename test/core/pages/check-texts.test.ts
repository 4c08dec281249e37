import { describe, expect, it } from 'vitest'
import { allowedLength, checkTexts, textsToTranslate } from '../../../src/core/pages/texts/check-texts.ts'
import { en } from '../../../src/core/pages/texts/en.ts'
import { fillText } from '../../../src/core/pages/texts/fill.ts'
import { textsFor } from '../../../src/core/pages/texts/index.ts'
import { pluralForms } from '../../../src/core/pages/texts/keys.ts'
import { zh } from '../../../src/core/pages/texts/zh.ts'

/** English texts of a small page: one with a name, one with a number. */
const ENGLISH = { 'a.title': 'Log in', 'a.hello': 'Hello {name}', 'a.more': 'and {n} more' }
const problems = (
  language: string,
  texts: Record<string, unknown>,
  reference: Record<string, string> = ENGLISH,
) =>
  checkTexts(language, texts, reference)
    .filter(({ severity }) => severity === 'problem')
    .map(({ key, text }) => `${key} ${text}`)

describe('plural forms', () => {
  it.each([
    ['en', ['one']],
    ['zh', []],
    ['fr', ['one']],
    ['pl', ['many', 'one', 'few']],
    ['ar', ['zero', 'one', 'two', 'few', 'many']],
    ['xx', ['one']],
  ])('of %s beside the text itself', (language, forms) => {
    expect([...pluralForms(language)].sort()).toEqual([...forms].sort())
  })

  const POLISH = { 'a.more': 'i {n} innych', 'a.more.one': 'i {n} inny', 'a.more.few': 'i {n} inne' }
  it.each([
    [1, 'i 1 inny'],
    [3, 'i 3 inne'],
    [5, 'i 5 innych'],
  ])('of Polish for %i', (count, expected) => {
    expect(fillText(POLISH, 'pl', 'a.more', { n: String(count) })).toBe(expected)
  })

  it('are chosen by the first whole number, in any place', () => {
    const texts = { 'a.b': '{who} has {n}', 'a.b.one': '{who} has one' }
    expect(fillText(texts, 'en', 'a.b', { who: 'Ada', n: '1' })).toBe('Ada has one')
    expect(fillText(texts, 'en', 'a.b', { who: 'Ada', n: '2' })).toBe('Ada has 2')
    expect(fillText(texts, 'en', 'a.b', { who: 'Ada' })).toBe('Ada has {n}')
    expect(fillText(texts, 'en', 'toString')).toBe('toString')
    expect(fillText(texts, 'not a language!', 'a.b', { n: '1' })).toBe('{who} has 1')
  })

  it('of a language below do not show through a text that has none', () => {
    const plugin = {
      en: { 'x.more': 'and {n} more', 'x.more.one': 'and one more' },
      fr: { 'x.more': 'et {n} de plus' },
    }
    const french: Readonly<Record<string, string>> = textsFor('fr', {}, plugin)
    expect(fillText(french, 'fr', 'x.more', { n: '1' })).toBe('et 1 de plus')
    expect(fillText(textsFor('en', {}, plugin), 'en', 'x.more', { n: '1' })).toBe('and one more')
  })
})

describe('the check of a translation', () => {
  const GOOD = {
    'a.title': 'Connexion',
    'a.hello': 'Bonjour {name}',
    'a.more': 'et {n} autres',
    'a.more.one': 'et un autre',
  }
  it('finds nothing in a good one, and accepts own texts', () => {
    expect(checkTexts('fr', { ...GOOD, 'own.hotline': 'Téléphone' }, ENGLISH)).toEqual([])
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a missing text', { 'a.title': undefined }, /^a.title is missing: pilots see it in English$/],
    ['an unknown key', { 'a.titel': 'x' }, /^a.titel is not a text .*did you mean "a.title"\?; .*"own\."$/],
    ['an own key of the wrong form', { 'own.': 'x' }, /^own\. needs a key such as own.hotline/],
    [
      'a missing placeholder',
      { 'a.hello': 'Bonjour' },
      /^a.hello needs \{name\}, as in English: "Hello \{name\}"$/,
    ],
    [
      'a changed placeholder',
      { 'a.hello': 'Bonjour {nom}' },
      /^a.hello has \{nom\}, which the page does not fill in/,
    ],
    ['an empty text', { 'a.title': ' ' }, /^a.title is empty/],
    ['a number', { 'a.title': 3 }, /^a.title needs a text/],
    ['a text that is too long', { 'a.title': 'x'.repeat(2_001) }, /^a.title has more than 2000/],
    [
      'a form that the language does not have',
      { 'a.more.few': 'et {n}' },
      /^a.more.few is a form that fr does not have; it has .one, the text itself$/,
    ],
    [
      'a form of a text without a number',
      { 'a.title.one': 'x' },
      /^a.title.one is a plural form, but "a.title" contains no number$/,
    ],
    ['a wrong placeholder in a form', { 'a.more.one': 'et {x}' }, /^a.more.one has \{x\}/],
  ])('finds %s, and only that', (_name, change, expected) => {
    const found = problems('fr', { ...GOOD, ...change })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(expected)
  })

  it('notes what may be right: the words of English, and a form that is missing', () => {
    const { 'a.more.one': _one, ...rest } = GOOD
    expect(checkTexts('fr', { ...rest, 'a.title': 'Log in' }, ENGLISH)).toEqual([
      { key: 'a.title', text: 'is the same as in English', severity: 'note' },
      { key: 'a.more.one', text: expect.stringContaining('is missing'), severity: 'note' },
    ])
  })

  it('lets English change some texts alone', () => {
    expect(checkTexts('en', { 'a.title': 'Start' }, ENGLISH)).toEqual([])
  })

  it('finds no problem in the bundled languages', () => {
    expect(problems('zh', zh, en)).toEqual([])
    expect(problems('en', en, en)).toEqual([])
  })
})

describe('the texts for a translator', () => {
  it('are all of them, in English where the language has none, with a place for each form', () => {
    const french = textsToTranslate('fr')
    for (const [key, text] of Object.entries(en)) expect(french[key]).toBe(text)
    expect(textsToTranslate('zh')['login.title']).toBe(zh['login.title'])
    expect(Object.keys(textsToTranslate('pl', {}, ENGLISH))).toEqual([
      ...['a.title', 'a.hello', 'a.more'],
      ...pluralForms('pl').map((form) => `a.more.${form}`),
    ])
  })

  it('keep what is there, add what is new and drop what is gone, but not own texts', () => {
    const given = {
      'a.title': 'Connexion',
      'a.gone': 'x',
      'own.hotline': 'Téléphone',
      'a.more.one': 'et un autre',
    }
    expect(textsToTranslate('fr', given, ENGLISH)).toEqual({
      ...{ 'a.title': 'Connexion', 'a.hello': 'Hello {name}', 'a.more': 'and {n} more' },
      ...{ 'a.more.one': 'et un autre', 'own.hotline': 'Téléphone' },
    })
  })
})

it('shows own texts of English in a language that lacks them, and nothing else of it', () => {
  const messages = { en: { 'own.hotline': 'Call us', 'login.title': 'Start' }, zh: {} }
  const chinese: Readonly<Record<string, string>> = textsFor('zh', messages)
  expect([chinese['own.hotline'], chinese['login.title']]).toEqual(['Call us', zh['login.title']])
})

describe('the room for a translation', () => {
  it.each([
    [1, 3],
    [10, 30],
    [11, 30],
    [20, 40],
    [30, 54],
    [50, 80],
    [70, 105],
    [71, 105],
    [100, 130],
  ])('of %i English characters is %i', (length, room) => {
    expect(allowedLength('x'.repeat(length))).toBe(room)
  })

  it('is a note beyond it, not a problem', () => {
    const found = (text: string) => checkTexts('de', { 'a.title': text }, { 'a.title': 'Log in' })
    expect(found('x'.repeat(18))).toEqual([])
    expect(found('x'.repeat(19))).toMatchObject([
      { severity: 'note', text: expect.stringContaining('up to 18') },
    ])
  })
})
