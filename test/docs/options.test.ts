import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { optionRows } from '../../scripts/docs/option-rows.ts'
import { optionsPage } from '../../scripts/docs/options-page.ts'
import { optionsSchema } from '../../src/core/options/schema.ts'

const rows = optionRows()

it('documents exactly the options that the schema takes', () => {
  const schema = z.toJSONSchema(optionsSchema, { io: 'input', unrepresentable: 'any' }) as Schema
  const written = rows.map(({ path }) => path)
  expect(written.filter((path) => !isGroup(path, written)).sort()).toEqual(
    [...new Set(leavesOf('', schema))].sort(),
  )
})

it('says of every option what it is for', () => {
  expect(rows.filter(({ meaning }) => meaning === '').map(({ path }) => path)).toEqual([])
})

it('has an options page that is up to date (npm run docs)', async () => {
  const page = await readFile(new URL('../../docs/options.md', import.meta.url), 'utf8')
  expect(page).toBe(optionsPage(rows))
})

interface Schema {
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

function leavesOf(path: string, { properties = {}, anyOf = [], items }: Schema): string[] {
  const below = [
    ...Object.entries(properties).flatMap(([name, child]) =>
      leavesOf(path === '' ? name : `${path}.${name}`, child),
    ),
    ...anyOf.flatMap((branch) => leavesOf(path, branch).filter((leaf) => leaf !== path)),
    ...(items === undefined ? [] : leavesOf(`${path}[]`, items).filter((leaf) => leaf !== `${path}[]`)),
  ]
  return below.length > 0 ? below : [path]
}

const isGroup = (path: string, all: readonly string[]): boolean =>
  all.some((other) => other.startsWith(`${path}.`) || other.startsWith(`${path}[]`))
