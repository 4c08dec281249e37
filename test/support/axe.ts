import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser } from './browser.ts'

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * What axe-core finds wrong with the page. It needs a current engine. It is put in by the debugger, out of reach of the
 * page's policy.
 */
export async function violationsOf(page: Browser['page']): Promise<string[]> {
  await page.evaluate(`${axe}; 0`)
  const found = await page.evaluate<readonly Violation[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(function (result) { return result.violations })`,
  )
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}
