import type { PageWords } from '../ports/index.ts'
import type { AppLink } from './page-data.ts'
import type { OwnMessages } from './texts/index.ts'
import type { ThemeOptions } from './theme.ts'

/** Look and texts of the pages, without changing a template. */
export interface PagesOptions {
  /** Your own texts or another language: texts by key, per language tag. Missing texts are English. */
  readonly messages?: OwnMessages | undefined
  /** Use only this language. @default the language of the controller's browser, or English if there are no texts for it */
  readonly language?: string | undefined
  /** Colors of the light and the dark scheme, font, corners. */
  readonly theme?: ThemeOptions | undefined
  /** A path on the host's own origin, such as `/static/logo.svg`, or a `data:image/...` address. */
  readonly logo?: string | undefined
  /** Shown at the top of every page. @default platformName */
  readonly title?: string | undefined
  /** A line at the end of the login page: whom to ask for help, such as `Forgot your password? Call 555-0100.` @default none */
  readonly help?: PageWords | undefined
  /** Other apps on the controller that pilots can start from the main page. */
  readonly apps?: readonly AppOption[] | undefined
}

/** An app on the controller that the home page offers to open. */
export interface AppOption {
  /** Text of its button. */
  readonly name: string
  /** The address that opens it, such as `myapp://open`. Schemes such as `javascript:` are refused. */
  readonly url: string
  /** Its Android package. Pilot is asked whether it is installed. */
  readonly package?: string | undefined
}

export const appLinks = (apps: readonly AppOption[] = []): readonly AppLink[] =>
  apps.map(({ name, url, package: id }) => ({ name, url, package: id ?? null }))
