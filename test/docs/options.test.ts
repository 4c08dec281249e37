import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { MEANING } from '../../scripts/docs/options-meaning.ts'
import { optionRows, optionsPage } from '../../scripts/docs/options-page.ts'

it('says what every option is for, and of no option that is gone', () => {
  expect(Object.keys(MEANING).sort()).toEqual(
    optionRows()
      .map(({ path }) => path)
      .sort(),
  )
})

it('has an options page that is up to date (npm run docs)', async () => {
  const page = await readFile(new URL('../../docs/options.md', import.meta.url), 'utf8')
  expect(page).toBe(optionsPage(MEANING))
})
