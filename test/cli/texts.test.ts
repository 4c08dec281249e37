import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDjiCloud } from 'dji-cloud'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/program.ts'
import { en } from '../../src/core/pages/texts/en.ts'
import { fakeTerminal } from './fake-terminal.ts'

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'dji-cloud-texts-'))
})
afterAll(() => rm(cwd, { recursive: true }))

async function call(...words: string[]) {
  const terminal = fakeTerminal({ cwd })
  const code = await run(['texts', ...words], terminal)
  return { code, out: terminal.out.join('\n'), err: terminal.err.join('\n') }
}
const store = (name: string, value: unknown) => writeFile(join(cwd, name), JSON.stringify(value))
const load = async (name: string) =>
  JSON.parse(await readFile(join(cwd, name), 'utf8')) as Record<string, string>

describe('dji-cloud texts', () => {
  it('prints all texts, and the platform starts with them', async () => {
    const { code, out } = await call('fr')
    expect(code).toBe(0)
    const french = JSON.parse(out) as Record<string, string>
    expect(Object.keys(french)).toEqual(expect.arrayContaining(Object.keys(en)))
    const cloud = createDjiCloud({
      mqtt: { port: 0 },
      logger: false,
      pages: { messages: { fr: { ...french, 'login.title': 'Connexion', 'own.hotline': 'Téléphone' } } },
    })
    expect(cloud.pageTexts('fr')).toMatchObject({ 'login.title': 'Connexion', 'own.hotline': 'Téléphone' })
    expect(cloud.pageTexts('de')).toMatchObject({ 'login.title': en['login.title'] })
    await cloud.ready()
    await cloud.close()
  })

  it('--check names problems and notes, with exit code 1 only for problems', async () => {
    await store('fr.json', { ...en, 'login.continue': 'Continuer', 'login.titel': 'x' })
    const wrong = await call('fr', '--check', 'fr.json')
    expect(wrong.code).toBe(1)
    expect(wrong.out).toMatch(/problem {2}login.continue needs \{name\}/)
    expect(wrong.out).toMatch(/problem {2}login.titel is not a text/)
    expect(wrong.out).toMatch(/2 problems, \d+ notes\.$/)
    await store('fr.json', en)
    const right = await call('fr', '--check', 'fr.json')
    expect(right.code).toBe(0)
    expect(right.out).toMatch(/note +login.title is the same as in English/)
    const json = await call('fr', '--check', 'fr.json', '--json')
    expect(JSON.parse(json.out)).toMatchObject({ language: 'fr', findings: expect.any(Array) })
  })

  it('--update adds what is new, removes what is gone, and keeps what was translated', async () => {
    await store('fr.json', { 'login.title': 'Connexion', 'old.text': 'x', 'own.hotline': 'Téléphone' })
    const { code, out } = await call('fr', '--update', 'fr.json')
    expect(code).toBe(0)
    expect(out).toMatch(/^removed {2}old.text/m)
    expect(out).toMatch(/^added {4}login.submit/m)
    expect(await load('fr.json')).toMatchObject({
      ...{ 'login.title': 'Connexion', 'own.hotline': 'Téléphone', 'login.submit': en['login.submit'] },
    })
    expect((await call('fr', '--check', 'fr.json')).code).toBe(0)
  })

  it.each([
    [['French!'], /not a language/],
    [['fr', '--check', 'none.json'], /cannot be read/],
    [['fr', '--check', 'list.json'], /needs one object/],
    [['fr', '--check', 'broken.json'], /is not JSON/],
    [['fr', '--check', 'a', '--update', 'b'], /not both/],
  ])('%j is called wrongly', async (words, expected) => {
    await store('list.json', [])
    await writeFile(join(cwd, 'broken.json'), '{')
    const { code, err } = await call(...words)
    expect(code).toBe(2)
    expect(err).toMatch(expected)
  })
})
