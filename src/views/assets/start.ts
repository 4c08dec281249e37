import { browserStorage } from '../../bridge/browser.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import { createTranslate, readPageData, type Translate } from './browser.ts'
import { show } from './dom.ts'
import { startTheme } from './theme.ts'

/** What every page does; each has a script of its own, so that the login page carries nothing of the main page. */
export function start(page?: (data: PageData, t: Translate) => void): void {
  const data = readPageData()
  startTheme(browserStorage())
  if (page !== undefined) page(data, createTranslate(data.texts))
  // Last: the banner of the bootstrap template shows unless all of this went well.
  window.djiCloudStarted = true
  show('script-failed', false)
}
