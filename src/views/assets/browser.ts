import type { DjiCloudPage } from '../../bridge/plugin-page.ts'
import type { RawBridge } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import { fillText } from '../../core/pages/texts/fill.ts'
import { pageUrls } from '../../core/pages/urls.ts'
import type { Translate } from './translate.ts'

export type { Translate } from './translate.ts'

declare global {
  interface Window {
    djiBridge?: RawBridge
    djiCloudStarted?: boolean
    djiCloudPage?: DjiCloudPage
  }
}

/** Makes addresses absolute, so that they stay right if the address of the page changes. */
export function readPageData(): PageData {
  const data = JSON.parse(
    (document.getElementById('dji-cloud-data') as HTMLElement).textContent || '',
  ) as PageData
  const { pathname } = new URL(data.urls.access, location.href)
  const mount = pathname.replace(/\/pilot$/, '')
  return { ...data, mount, urls: pageUrls(mount) }
}

export const createTranslate =
  ({ texts, language }: Pick<PageData, 'texts' | 'language'>): Translate =>
  (key, values) =>
    fillText(texts, language, key, values)
