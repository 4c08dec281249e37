import { TEMPLATES } from '../../views/embedded.gen.ts'
import type { ParsedOptions } from '../options/schema.ts'
import { NO_ADDITIONS, type PageAdditions } from '../plugins/pages.ts'
import type { Logger, UserStore } from '../ports/index.ts'
import { checkHtml, checkSources, describeWarning, type ViewWarning } from './check.ts'
import { loginFormView } from './login-view.ts'
import { buildPageData } from './page.ts'
import { createRenderer, type PageInput, type PageName, type Renderer, type ViewsOptions } from './render.ts'
import { themeWarnings } from './theme.ts'

const PAGES: readonly PageName[] = ['login', 'home', 'fleet', 'error']

/** Makes the renderer. Checks the host's templates once at start and logs what is wrong with them. */
export function openRenderer(
  { views = {}, pages, users }: Pick<ParsedOptions, 'views' | 'pages' | 'users'>,
  logger: Logger,
  additions: PageAdditions = NO_ADDITIONS,
): Renderer {
  const renderer = createRenderer({ overrides: views, additions, logger })
  for (const warning of themeWarnings(pages.theme)) logger.warn({}, `dji-cloud: ${warning}`)
  const tell = (warnings: readonly ViewWarning[]): void => {
    for (const warning of warnings) logger.warn({ template: warning.template }, describeWarning(warning))
  }
  if (views.templates !== undefined) void checkViews(views, additions, storeOf(users)).then(tell)
  return views.render === undefined ? renderer : watched(renderer, tell)
}

/** Checks the sources, and each page with made-up data. Never rejects: a page that cannot be rendered is a warning too. */
export async function checkViews(
  { templates = {}, locals = {} }: ViewsOptions,
  additions: PageAdditions = NO_ADDITIONS,
  users: LoginStore = {},
): Promise<readonly ViewWarning[]> {
  const found = [...checkSources(templates, [...Object.keys(TEMPLATES), ...Object.keys(additions.templates)])]
  // Do not call the host's render function here, because it may need a request or a database.
  const renderer = createRenderer({ overrides: { templates, locals }, additions })
  for (const page of PAGES) {
    try {
      const input = sampleInput(page, users)
      found.push(...checkHtml(page, await renderer.render(page, input), input.data.login))
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      const message = cause instanceof Error ? cause.message : String(cause)
      found.push({ template: page, line: null, message: `cannot be rendered: ${message.trim()}` })
    }
  }
  return found
}

/** Checks the first page of each kind that a host's render function makes. It cannot be checked earlier. */
function watched(renderer: Renderer, tell: (warnings: readonly ViewWarning[]) => void): Renderer {
  const seen = new Set<PageName>()
  return {
    ...renderer,
    async render(page, input) {
      const html = await renderer.render(page, input)
      if (!seen.has(page)) {
        seen.add(page)
        tell(checkHtml(page, html, input.data.login))
      }
      return html
    },
  }
}

type LoginStore = Pick<UserStore, 'fields' | 'verifyChallenge'>

const storeOf = (users: ParsedOptions['users']): LoginStore =>
  users === undefined || users === false || Array.isArray(users) ? {} : users

const sampleInput = (page: PageName, users: LoginStore): PageInput => ({
  nonce: 'nonce',
  asset: (name) => `/pilot/assets/sample/${name}`,
  data: buildPageData({
    page,
    mount: '',
    platformName: 'Sample',
    login: page === 'login' ? { in_pilot: true, help: '', ...loginFormView(users, 'en') } : null,
    failure: page === 'error' ? { code: 404_000, message: 'Sample.', hint: 'Sample.' } : null,
  }),
})
