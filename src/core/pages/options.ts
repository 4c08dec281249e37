import type { AppLink } from './page-data.ts'
import type { OwnMessages } from './texts/index.ts'
import type { ThemeOptions } from './theme.ts'

/** How the pages look and speak, without touching a template. */
export interface PagesOptions {
  /** Other words, or another language: per language tag, texts by their keys. Missing ones are English. */
  readonly messages?: OwnMessages | undefined
  /** Always this language. @default what the controller's browser asks for, of those there are; else English */
  readonly language?: string | undefined
  /** Colours by light and by dark, font, corners. */
  readonly theme?: ThemeOptions | undefined
  /** A path on the host's own origin, such as `/static/logo.svg`, or a `data:image/...` address. */
  readonly logo?: string | undefined
  /** In the head of every page. @default platformName */
  readonly title?: string | undefined
  /** Other apps on the controller that pilots can start from the main page. */
  readonly apps?: readonly AppOption[] | undefined
}

export interface AppOption {
  /** On its button. */
  readonly name: string
  /** What opens it, such as `myapp://open`. Not `javascript:` and the like. */
  readonly url: string
  /** Its Android package: Pilot is asked whether it is installed. */
  readonly package?: string | undefined
}

export const appLinks = (apps: readonly AppOption[] = []): readonly AppLink[] =>
  apps.map(({ name, url, package: id }) => ({ name, url, package: id ?? null }))
