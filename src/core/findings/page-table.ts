import { ADDRESS } from './rows-address.ts'
import { CONTROLLER } from './rows-controller.ts'
import { STEP } from './rows-step.ts'

/**
 * The findings that a page can recognise. Its script contains them, and their words are among the texts of the page.
 */
export const PAGE_FINDINGS = { ...CONTROLLER, ...STEP, ...ADDRESS } as const

/** The id of a finding that a page can recognise, such as `'link-down'`. */
export type PageFindingId = keyof typeof PAGE_FINDINGS
