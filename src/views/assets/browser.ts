import type { RawBridge } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'

declare global {
  interface Window {
    djiBridge?: RawBridge
    djiCloudStarted?: boolean
  }
}

export type Translate = (key: string, values?: Readonly<Record<string, string>>) => string

export function readPageData(): PageData {
  return JSON.parse((document.getElementById('dji-cloud-data') as HTMLElement).textContent || '') as PageData
}

export function createTranslate(texts: PageData['texts']): Translate {
  return (key, values) =>
    (texts[key] || key).replace(/\{(\w+)\}/g, (whole, name: string) => values?.[name] || whole)
}
