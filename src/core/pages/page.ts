import type { Bootstrap, LoginReason, PageData } from './page-data.ts'
import { type Messages, textsFor } from './texts/index.ts'

export interface PageFacts {
  readonly page: PageData['page']
  /** '' or '/drones' */
  readonly mount: string
  readonly language?: string
  readonly platformName?: string
  readonly messages?: Messages
  readonly reason?: LoginReason | null
  readonly bootstrap?: Bootstrap | null
  readonly failure?: PageData['failure']
}

const REASONS: readonly LoginReason[] = ['expired', 'invalid', 'revoked', 'spent', 'signed_out']

/** The `?reason=` of a login page; null for anything that is none of ours. */
export const readReason = (value: unknown): LoginReason | null =>
  REASONS.find((reason) => reason === value) ?? null

/** Everything that a page's template and script are given. */
export function buildPageData({
  page,
  mount,
  language = 'en',
  platformName = '',
  messages,
  reason,
  bootstrap,
  failure,
}: PageFacts): PageData {
  return {
    page,
    mount,
    urls: {
      access: `${mount}/pilot`,
      login: `${mount}/pilot/login`,
      home: `${mount}/pilot/home`,
      api: `${mount}/manage/api/v1`,
      bootstrap: `${mount}/pilot/bootstrap`,
    },
    language,
    platform_name: bootstrap?.platform_name ?? platformName,
    texts: textsFor(language, messages),
    reason: reason ?? null,
    bootstrap: bootstrap ?? null,
    failure: failure ?? null,
  }
}
