// npm run bench [-- --only <part of a name>] [-- --write]
// With --write the table goes to docs/benchmarks.md, or with --only to docs/benchmarks-<part>.md.
//
// Measures each row and compares it with its goal. A ratio compares two programs in one run, so it holds on any machine.
// Milliseconds and kilobytes hold for this machine and this build. Exits with 1 if a row misses its goal.
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Line, markdown, table } from './report.ts'
import { reaches } from './row.ts'
import { rows } from './rows/index.ts'

const { values } = parseArgs({
  options: { only: { type: 'string' }, write: { type: 'boolean', default: false } },
})

const lines: Line[] = []
for (const row of rows.filter(({ name }) => name.includes(values.only ?? ''))) {
  console.error(`measuring: ${row.name}`)
  // If one row cannot be measured, the others still are.
  const { value, detail } = await row
    .measure()
    .catch((error: unknown) => ({ value: Number.NaN, detail: `not measured: ${String(error)}` }))
  lines.push({ row, value, detail, pass: reaches(row.goal, value) })
}
console.log(table(lines))
if (values.write)
  await writeFile(
    fileURLToPath(new URL(`../docs/benchmarks${fileSuffix(values.only)}.md`, import.meta.url)),
    markdown(lines, values.only),
  )
process.exitCode = lines.every((line) => line.pass) ? 0 : 1

function fileSuffix(only: string | undefined): string {
  return only === undefined ? '' : `-${only.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`
}
