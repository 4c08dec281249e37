import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = await readFile(`${root}docs/facts.md`, 'utf8')

/** `D3`, `F9`: sections, and the rows that have a number of their own. `brokers 2`: of the last section. */
const sections = new Set([
  ...[...page.matchAll(/^#{2,3} ([A-K]\d*) /gm)].map((match) => match[1] ?? ''),
  ...[...page.matchAll(/^\| ([A-K]\d+) \|/gm)].map((match) => match[1] ?? ''),
  ...[...page.matchAll(/^#{2,3} (Brokers(?: \d)?)$/gm)].map((match) => (match[1] ?? '').toLowerCase()),
])

const CITED = /\bfacts ((?:[A-K] ?\d*|brokers(?: \d)?)(?:(?:, | and )[A-K] ?\d*(?![a-z]))*)(?![a-z])/g

const sources = (await readdir(`${root}src`, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && /(?<!\.gen)\.(ts|ejs|css|html)$/.test(entry.name))
  .map((entry) => `${entry.parentPath}/${entry.name}`)
const cited = (
  await Promise.all(
    sources.map(async (path) => {
      const text = (await readFile(path, 'utf8')).replace(/\n\s*(?:\*|\/\/)?\s*/g, ' ')
      return [...text.matchAll(CITED)].flatMap((match) =>
        (match[1] ?? '')
          .split(/, | and /)
          .map((name) => [name.replace(/^([A-K]) /, '$1').trim(), path.slice(root.length)] as const),
      )
    }),
  )
).flat()

it('has every fact that the code cites', () => {
  expect(cited.length).toBeGreaterThan(150)
  expect(cited.filter(([name]) => !sections.has(name))).toEqual([])
})

it('says how sure each fact is', () => {
  const words = /\*(documented|hardware|reported|report|unverified)\*/
  const parts = page.split(/^(?=#{2,3} [A-E]\d* )/gm).slice(1)
  const silent = parts.filter((part) => part.split('\n').length > 3 && !words.test(part))
  expect(silent).toEqual([])
})
