import type {
  AppLink,
  Bootstrap,
  LoginReason,
  LoginView,
  ModuleName,
  PageData,
  SignInView,
} from './page-data.ts'
import { type Messages, type PluginTexts, type TextKey, textsFor } from './texts/index.ts'
import { pageUrls } from './urls.ts'

export interface PageFacts {
  readonly page: PageData['page']
  /** '' or '/drones' */
  readonly mount: string
  /** Relative path from the page to the mount, such as `..`. @default mount */
  readonly root?: string
  readonly language?: string
  readonly platformName?: string
  readonly messages?: Messages
  /** Texts of plugins, by language. */
  readonly pluginTexts?: PluginTexts
  readonly apps?: readonly AppLink[]
  readonly modules?: readonly ModuleName[]
  readonly build?: string
  readonly reason?: LoginReason | null
  readonly signIn?: SignInView | null
  readonly login?: LoginView | null
  readonly bootstrap?: Bootstrap | null
  readonly values?: unknown
  readonly failure?: Omit<NonNullable<PageData['failure']>, 'words'> | null
}

/** A record, so that it does not compile if one is missing. */
const REASONS: Readonly<Record<LoginReason, true>> = {
  expired: true,
  invalid: true,
  revoked: true,
  spent: true,
  signed_out: true,
  sign_in_refused: true,
  sign_in_cancelled: true,
  sign_in_expired: true,
  sign_in_unavailable: true,
  sign_in_failed: true,
}

/** Reads `?reason=` of a login page; null for an unknown value. */
export const readReason = (value: unknown): LoginReason | null =>
  typeof value === 'string' && Object.hasOwn(REASONS, value) ? (value as LoginReason) : null

/** The first three digits of an error code are the HTTP status. */
function wordsOf(code: number): TextKey {
  const status = Math.floor(code / 1000)
  if (status === 404) return 'error.missing'
  return status === 429 || status === 503 ? 'error.busy' : status < 500 ? 'error.refused' : 'error.server'
}

/** Name and password, and nothing else. */
const PLAIN_LOGIN: LoginView = { in_pilot: false, help: '', fields: [], second_step: false }

/** All data for a page's template and script. */
export function buildPageData({
  page,
  mount,
  root = mount,
  language = 'en',
  platformName = '',
  messages,
  pluginTexts,
  apps = [],
  modules = [],
  build = '',
  reason,
  signIn,
  login,
  bootstrap,
  failure,
  values = null,
}: PageFacts): PageData {
  return {
    page,
    mount,
    urls: pageUrls(root),
    language,
    platform_name: platformName,
    texts: textsFor(language, messages, pluginTexts),
    build,
    apps,
    modules,
    reason: reason ?? null,
    sign_in: signIn ?? null,
    login: login ?? (page === 'login' ? PLAIN_LOGIN : null),
    bootstrap: bootstrap ?? null,
    failure: failure == null ? null : { ...failure, words: wordsOf(failure.code) },
    values,
  }
}
