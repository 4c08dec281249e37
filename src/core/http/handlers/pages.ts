import { BUILD } from '../../../views/embedded.gen.ts'
import type { TokenStatus } from '../../access/tokens.ts'
import { type DjiCloudError, isDjiCloudError } from '../../errors.ts'
import { hasUsers } from '../../options/login-faults.ts'
import { buildBootstrap } from '../../pages/bootstrap.ts'
import { moduleNames, withPlugins } from '../../pages/modules.ts'
import { appLinks } from '../../pages/options.ts'
import { buildPageData, type PageFacts, readReason } from '../../pages/page.ts'
import type { Bootstrap, LoginReason, ModuleName } from '../../pages/page-data.ts'
import type { PageInput, Renderer } from '../../pages/render.ts'
import type { PluginTexts } from '../../pages/texts/index.ts'
import { themeStyle } from '../../pages/theme.ts'
import type { ServedCheck } from '../../plugins/doctor-checks.ts'
import type { Session, User } from '../../ports/index.ts'
import { publicBase, rootOf, socketSources } from '../addresses.ts'
import type { MakeDocument } from '../documents.ts'
import { languageOf } from '../language.ts'
import { loginView } from '../login-view.ts'
import { type PagePolicy, pageHeaders } from '../page-headers.ts'
import { guarded, page, type Route } from '../routes.ts'
import { signInView } from '../sign-in-view.ts'
import type { HttpRequest, HttpResponse } from '../types.ts'
import { success } from '../wire.ts'
import { type Assets, assetPath } from './assets.ts'
import type { Services } from './services.ts'

export interface PageServices extends Services {
  readonly renderer: Renderer
  readonly assets: Assets
  /** Texts of plugins, by language. */
  readonly pluginTexts: PluginTexts
  /** What pages of plugins may load in addition, by their names. */
  readonly pluginPolicies: Readonly<Record<string, PagePolicy>>
  /** Modules of Pilot that plugins switch on. */
  readonly pluginModules: readonly ModuleName[]
  /** Doctor checks of plugins. */
  readonly doctorChecks: readonly ServedCheck[]
  /** A nonce for the page's scripts and style. */
  readonly nonce: () => string
}

/** The reason that the login page shows to a user who had a token. */
function reasonOf(situation: TokenStatus): LoginReason | null {
  if (situation.kind === 'none' || situation.kind === 'valid' || situation.kind === 'refreshable') return null
  if (situation.kind !== 'ended') return situation.kind
  return situation.reason === 'logout' ? 'signed_out' : 'revoked'
}

/**
 * The pages. If the request carries a token, it is checked here. The token that Pilot or the page holds is checked by
 * the page's script.
 */
export function pageRoutes(services: PageServices): Route[] {
  const { sessions, options } = services

  /** Answers a request that has a token. Null: the request has no token. */
  async function judged(token: string | undefined, request: HttpRequest): Promise<HttpResponse | null> {
    const situation = await sessions.situation(token)
    if (situation.kind === 'none') return null
    if (situation.kind !== 'valid' && situation.kind !== 'refreshable')
      return login(request, reasonOf(situation))
    // A HEAD has no body to carry the new token, so it must not use up the old one.
    if (situation.kind === 'refreshable' && request.method === 'HEAD') return login(request, null)
    try {
      if (situation.kind === 'valid')
        return await home(request, await bootstrapOf(situation.session, request, null))
      const granted = await sessions.refresh(token, request.address)
      return await home(request, await bootstrapOf(granted.session, request, granted.token, granted.user))
    } catch (error) {
      // The session has ended in the meantime, or its user is gone. Show the login page, not an error.
      if (isDjiCloudError(error) && error.status === 401) return login(request, 'revoked')
      throw error
    }
  }

  async function bootstrapOf(
    session: Session,
    request: HttpRequest,
    accessToken: string | null,
    known?: User,
  ): Promise<Bootstrap> {
    const base = publicBase(options.publicUrl, request)
    const user = known ?? (await sessions.userOf(session))
    return buildBootstrap({
      // The licence is for the bridge, and only the page of a pilot has a bridge.
      license: user.role === 'pilot' ? (options.license ?? null) : null,
      platformName: options.platformName,
      modules: withPlugins(options.modules, services.pluginModules),
      user,
      session,
      tokenExpiresAt: session.tokenExpiresAt,
      accessToken,
      origin: base.origin,
      mount: base.mount,
      configured: options.publicUrl !== undefined,
      now: services.clock.now(),
      build: BUILD,
    })
  }

  const passwordForm = hasUsers(options) && options.login?.password !== false
  const login = async (request: HttpRequest, given: LoginReason | null) => {
    const { signIn, reason } = await signInView(services.signIn, request, passwordForm)
    const asked = loginView(services.users, options.pages, request)
    return render(services, request, { page: 'login', reason: given ?? reason, signIn, login: asked })
  }
  const home = (request: HttpRequest, bootstrap: Bootstrap | null) =>
    render(services, request, {
      ...{ page: 'home', bootstrap },
      modules: moduleNames(withPlugins(options.modules, services.pluginModules)),
    })

  return [
    page('/pilot', async ({ token, request }) => (await judged(token, request)) ?? login(request, null)),
    page('/pilot/login', ({ request }) => login(request, readReason(request.query.get('reason')))),
    page('/pilot/home', async ({ token, request }) => (await judged(token, request)) ?? home(request, null)),
    // The page is the same for everybody. Its script fetches with the token what it shows.
    page('/pilot/fleet', ({ request }) =>
      render(services, request, {
        ...{ page: 'fleet' },
        policy: { 'connect-src': socketSources(options.publicUrl, request) },
      }),
    ),
    guarded('GET', '/pilot/bootstrap', null, async ({ session, request }) =>
      success(await bootstrapOf(session, request, null)),
    ),
  ]
}

type RenderServices = Pick<PageServices, 'renderer' | 'nonce' | 'options' | 'assets' | 'pluginTexts'>

interface Rendered extends Omit<PageFacts, 'mount' | 'root'> {
  /** With `page: 'plugin'`: the plugin and its page, such as `phone-login/approve`. */
  readonly document?: string
  /** What this page may load in addition to what every page may load. */
  readonly policy?: PagePolicy
}

async function render(
  services: RenderServices,
  request: HttpRequest,
  { policy, ...about }: Rendered,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResponse> {
  const { publicUrl } = services.options
  const { mount } = publicUrl === undefined ? request : publicBase(publicUrl, request)
  const root = rootOf(publicUrl, request)
  const nonce = services.nonce()
  const { pages, platformName } = services.options
  const asset = (name: string) => `${root}${assetPath(name, services.assets)}`
  const input = {
    nonce,
    asset,
    logo: pages.logo ?? asset('icon.svg'),
    theme: { mode: pages.theme.mode, css: themeStyle(pages.theme) },
    data: buildPageData({
      mount,
      root,
      platformName: pages.title ?? platformName,
      language: languageOf(pages, request),
      messages: pages.messages,
      pluginTexts: services.pluginTexts,
      apps: appLinks(pages.apps),
      build: BUILD,
      ...about,
    }),
  }
  const body = await renderedBy(services.renderer, about, input)
  return { status, headers: { ...pageHeaders(nonce, policy), ...headers }, body }
}

const renderedBy = (renderer: Renderer, about: Rendered, input: PageInput): Promise<string> =>
  about.page === 'plugin'
    ? renderer.renderDocument(about.document ?? '', input)
    : renderer.render(about.page, input)

/** Answers one of our own errors on a page route: with a page, the same status, and the code for support. */
export const errorPage = (services: RenderServices) => (error: DjiCloudError, request: HttpRequest) =>
  render(
    services,
    request,
    { page: 'error', failure: { code: error.envelopeCode, message: error.message, hint: error.hint } },
    error.status,
    error.headers,
  )

/** A plugin's own page, with the head, style, theme and language of the bundled pages. */
export const documentPage =
  (services: RenderServices & Pick<PageServices, 'pluginPolicies'>): MakeDocument =>
  async (document, { values = null, status = 200, headers = {}, cookies }, request) => {
    const policy = services.pluginPolicies[document] ?? {}
    const page = await render(
      services,
      request,
      { page: 'plugin', document, values, policy },
      status,
      headers,
    )
    return cookies === undefined ? page : { ...page, cookies }
  }
