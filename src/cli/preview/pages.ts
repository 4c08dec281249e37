import { loadTemplates } from '../../adapters/views/templates.ts'
import { assetPath } from '../../core/http/handlers/assets.ts'
import { describeWarning } from '../../core/pages/check.ts'
import { checkViews } from '../../core/pages/open.ts'
import { buildPageData } from '../../core/pages/page.ts'
import { createRenderer } from '../../core/pages/render.ts'
import type { Messages } from '../../core/pages/texts/index.ts'
import { themeStyle, themeWarnings } from '../../core/pages/theme.ts'
import { BUILD, TEMPLATES } from '../../views/embedded.gen.ts'
import { ASSETS } from '../../views/embedded-assets.gen.ts'
import { frameData } from './frame-data.ts'
import { frameScript } from './frame-script.ts'
import type { OwnParts } from './own-parts.ts'
import type { PreviewState } from './state.ts'
import { type TemplateFault, templateFault } from './template-fault.ts'

/** The input of the person who runs the command, in the form of the options `views`, `pages` and `plugins`. */
export interface PreviewInput {
  /** The folder with the templates. */
  readonly folder: string
  readonly locals: Readonly<Record<string, unknown>>
  readonly messages: Messages
  readonly own: OwnParts
}

export interface FrameRequest {
  readonly state: PreviewState
  readonly language: string
  readonly theme: 'auto' | 'light' | 'dark'
  readonly nonce: string
  readonly origin: string
  /** ms since the epoch */
  readonly now: number
}

/** The page in this state, or what is wrong with a template. Reads the templates anew. */
export async function renderState(
  { folder, locals, messages, own: { theme: colors, render, additions } }: PreviewInput,
  { state, language, theme, nonce, origin, now }: FrameRequest,
): Promise<{ readonly html: string } | { readonly fault: TemplateFault }> {
  const templates = loadTemplates(folder)
  const { page } = state
  const data = buildPageData({
    ...{ page, mount: '', language, messages, build: BUILD },
    pluginTexts: additions.texts,
    platformName: state.platformName ?? 'Harbour Rescue',
    reason: state.reason ?? null,
    signIn: state.signIn ?? null,
    failure: state.failure ?? null,
    modules: state.modules ?? [],
    apps: state.apps ?? [],
    login:
      page === 'login'
        ? { in_pilot: state.pilot !== null, help: '', fields: [], second_step: false, ...state.login }
        : null,
  })
  try {
    const assets = { ...ASSETS, ...additions.assets }
    const mode = theme === 'auto' ? (colors.mode ?? theme) : theme
    const html = await createRenderer({ overrides: { templates, locals, render }, additions }).render(page, {
      ...{ data, nonce, asset: (name) => assetPath(name, assets), theme: { mode, css: themeStyle(colors) } },
    })
    const script = `<script nonce="${nonce}">${frameScript(frameData(state, origin, now, BUILD))}</script>`
    return { html: withScript(html, script) }
  } catch (error) {
    return { fault: templateFault(page, error, { ...TEMPLATES, ...additions.templates, ...templates }) }
  }
}

/** It has to come before every other script of the page. */
function withScript(html: string, script: string): string {
  const head = /<head\b[^>]*>/i.exec(html) ?? /<!doctype[^>]*>/i.exec(html)
  if (head === null) return script + html
  const end = head.index + head[0].length
  return html.slice(0, end) + script + html.slice(end)
}

/** The warnings that an app would log at its start with these templates. */
export async function warningsOf({ folder, locals, own }: PreviewInput): Promise<readonly string[]> {
  const found = await checkViews({ templates: loadTemplates(folder), locals }, own.additions)
  // A page that cannot be rendered is shown in its frames, with file and line.
  return [
    ...themeWarnings(own.theme),
    ...found.filter(({ message }) => !message.startsWith('cannot be rendered')).map(describeWarning),
  ]
}
