import { PAGE_FINDINGS, type PageFindingId } from '../../findings/page-table.ts'

type Rows = typeof PAGE_FINDINGS
/** The findings about which somebody can do something. */
type ToDoFor<Reader extends 'pilot' | 'server'> = {
  [Id in PageFindingId]: Rows[Id][Reader] extends string ? Id : never
}[PageFindingId]

type FindingTextKey =
  | `finding.${PageFindingId}`
  | `finding.${ToDoFor<'pilot'>}.pilot`
  | `finding.${ToDoFor<'server'>}.server`

/** The English texts of the findings that a page shows, as they are in the table of findings. */
export const findingTexts = Object.fromEntries(
  Object.entries(PAGE_FINDINGS).flatMap(([id, { what, pilot, server }]) => [
    [`finding.${id}`, what],
    ...(pilot === null ? [] : [[`finding.${id}.pilot`, pilot]]),
    ...(server === null ? [] : [[`finding.${id}.server`, server]]),
  ]),
) as Readonly<Record<FindingTextKey, string>>
