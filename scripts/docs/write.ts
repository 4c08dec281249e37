// npm run docs: writes the pages that are made from the code. test/docs fails when one is out of date.
import { writeFile } from 'node:fs/promises'
import { demoContractPage } from './demo-contract-page.ts'
import { eventsPage } from './events-page.ts'
import { findingsPage } from './findings-page.ts'
import { optionsPage } from './options-page.ts'

await writeFile(new URL('../../docs/options.md', import.meta.url), optionsPage())
await writeFile(new URL('../../docs/events.md', import.meta.url), eventsPage())
await writeFile(new URL('../../docs/demo-contract.md', import.meta.url), demoContractPage())
await writeFile(new URL('../../docs/findings.md', import.meta.url), findingsPage())
