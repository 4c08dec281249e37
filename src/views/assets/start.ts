import { browserStorage } from '../../bridge/browser.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import { createTranslate, readPageData, type Translate } from './browser.ts'
import { show } from './dom.ts'
import { startTheme } from './theme.ts'

/** What every page does. Each page has its own script, so that the login page loads nothing of the main page. */
export function start(page?: (data: PageData, t: Translate) => void): void {
  const data = readPageData()
  startTheme(browserStorage())
  if (page !== undefined) page(data, createTranslate(data))
  // Last: the page shows an error banner unless everything before this line worked.
  window.djiCloudStarted = true
  show('script-failed', false)
}
