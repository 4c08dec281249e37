import { PAGE_FINDINGS, type PageFindingId } from '../../findings/page-table.ts'
import type { FindingRow } from '../../findings/row.ts'

type Rows = typeof PAGE_FINDINGS
/** The findings for which there is something to do. */
type ToDoFor<Reader extends 'pilot' | 'server'> = {
  [Id in PageFindingId]: Rows[Id][Reader] extends string ? Id : never
}[PageFindingId]

type FindingTextKey =
  | `finding.${PageFindingId}`
  | `finding.${ToDoFor<'pilot'>}.pilot`
  | `finding.${ToDoFor<'server'>}.server`

/** The English texts of the findings that a page shows, as they are in the table of findings. */
export const findingTexts = /* @__PURE__ */ textsOf(PAGE_FINDINGS) as Readonly<Record<FindingTextKey, string>>

/** Written without `Object.fromEntries`, because front ends of hosts use it in Chromium 70. */
function textsOf(rows: Readonly<Record<string, FindingRow>>): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const id of Object.keys(rows)) {
    const { what, pilot, server } = rows[id] as FindingRow
    texts[`finding.${id}`] = what
    if (pilot !== null) texts[`finding.${id}.pilot`] = pilot
    if (server !== null) texts[`finding.${id}.server`] = server
  }
  return texts
}
