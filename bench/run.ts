// npm run bench [-- --only <part of a name>] [-- --write]
//
// Measures each row against its goal. Ratios are of two programs in one run, so they hold on any machine; milliseconds
// and kilobytes are of this machine and this build. Exits with 1 if a row stays below its goal.
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
  // A row that cannot be measured must not cost the others theirs.
  const { value, detail } = await row
    .measure()
    .catch((error: unknown) => ({ value: Number.NaN, detail: `not measured: ${String(error)}` }))
  lines.push({ row, value, detail, pass: reaches(row.goal, value) })
}
console.log(table(lines))
if (values.write)
  await writeFile(fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url)), markdown(lines))
process.exitCode = lines.every((line) => line.pass) ? 0 : 1
