import { readdirSync, readFileSync } from 'node:fs'
import { FINDINGS, type FindingId } from '../../src/core/findings/index.ts'
import { PAGE_FINDINGS } from '../../src/core/findings/page-table.ts'
import type { FindingRow } from '../../src/core/findings/row.ts'
import { FINDING_FACTS } from './finding-facts.ts'

const IDS = Object.keys(FINDINGS) as readonly FindingId[]
const doctor = new URL('../../src/doctor/', import.meta.url)

/** The findings in the doctor's source. Findings about addresses come from the rules that doctor and page share. */
export const DOCTOR_IDS: readonly FindingId[] = (() => {
  const source = readdirSync(doctor, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(name, doctor), 'utf8'))
    .join('\n')
  return IDS.filter((id) => source.includes(`'${id}'`) || /^address-(?!invalid)/.test(id))
})()

const recognisedBy = (id: FindingId): string =>
  [...(id in PAGE_FINDINGS ? ['page'] : []), ...(DOCTOR_IDS.includes(id) ? ['doctor'] : [])].join(', ')

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

function line(id: FindingId): string {
  const { severity, row: of, what, why, pilot, server }: FindingRow = FINDINGS[id]
  return row(
    `\`${id}\``,
    severity,
    of === null ? '' : `F${of}`,
    `${what} ${why}`,
    `${recognisedBy(id)}: ${FINDING_FACTS[id]}`,
    pilot ?? 'nothing',
    server ?? 'nothing',
  )
}

export const findingsPage = (): string => `# Findings

Written by \`npm run docs\` from \`src/core/findings\` of the repository: change that folder, not this page.

Everything that the main page, the doctor and plugins can say about a controller that is not online, in one table: what it is, which facts
show it, what the pilot does on the controller, and what the administrator does on the server. \`F3\` is a row of [facts F](facts.md). The pages show these words
as texts that a host can change and translate: \`finding.{id}\`, \`finding.{id}.pilot\`, \`finding.{id}.server\` ([customising.md](customising.md)).

A finding is \`{ id, severity, row, what, why, pilot, server, evidence, at }\`, the same type for all of them (\`Finding\`). \`evidence\` is the address, code or number of
the case, never a secret; \`at\` the host and port where the doctor found it. \`diagnose(facts)\` of \`dji-cloud/bridge\` gives those of a page, \`cloud.doctor()\` those of the
doctor, and \`finding(id, evidence)\` of \`dji-cloud/plugin\` makes one.

| id | severity | facts | what it is | recognised by, from | the pilot does | the administrator does |
|---|---|---|---|---|---|---|
${IDS.map(line).join('\n')}
`
