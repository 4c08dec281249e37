import { ADDRESS } from './rows-address.ts'
import { CONTROLLER } from './rows-controller.ts'

/** The rows that a page can recognise. They are in its script, and their words are texts of the page. */
export const PAGE_FINDINGS = { ...CONTROLLER, ...ADDRESS } as const

/** The id of a finding that a page can recognise, such as `'link-down'`. */
export type PageFindingId = keyof typeof PAGE_FINDINGS
