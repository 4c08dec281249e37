// npm run docs: writes the pages that are made from the code. test/docs/options.test.ts fails when one is stale.
import { writeFile } from 'node:fs/promises'
import { optionsPage } from './options-page.ts'

await writeFile(new URL('../../docs/options.md', import.meta.url), optionsPage())
