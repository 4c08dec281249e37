import { randomBytes } from 'node:crypto'
import {
  assetHeaders,
  cookieOf,
  DjiCloudError,
  type HttpRequest,
  type HttpResponse,
  isOwnHost,
  isPage,
  type PluginContext,
  setCookie,
  success,
  tokenOf,
  withScript,
} from '../../plugin.ts'
import { isLocal, isOwnRequest } from './admission.ts'
import { ASSETS } from './assets.gen.ts'
import { type Controller, createController } from './controller.ts'
import type { Control, Setup } from './controls.ts'
import { simulatorPage } from './document.ts'
import { framed, licensed } from './dressing.ts'
import { COOKIE, ROOT } from './names.ts'
import { arrivalOf, wrongLink } from './own-link.ts'

/** Largest number of controllers at the same time. The oldest one is switched off for a new one. */
const MOST = 16
/** How long a controller stays on after the last request of its page. */
const IDLE_MS = 60_000
const WAIT_MS = 20_000

/** The controllers of all browsers, and the actions of the routes. */
export interface Desk {
  /** @throws DjiCloudError TOOL_REFUSED if the request was not made by the simulator's own page */
  admit(request: HttpRequest): void
  page(request: HttpRequest): HttpResponse
  asset(hash: string, name: string): HttpResponse
  /** @throws DjiCloudError INVALID_INPUT if there is no `publicUrl` and the Host header is not an address of this machine */
  create(request: HttpRequest, setup: Setup): Promise<HttpResponse>
  news(id: string, after: string | null, signal: AbortSignal): Promise<unknown>
  control(id: string, control: Control): Promise<unknown>
  bridge(id: string, message: string): HttpResponse
  /** Changes an answer of the platform for a page inside the simulator. */
  dress(answer: HttpResponse, request: HttpRequest): HttpResponse
  /** Switches off controllers whose page is gone. */
  sweep(): void
  close(): Promise<void>
}

export function createDesk(context: PluginContext): Desk {
  const { options, sessions, clock, logger } = context
  const controllers = new Map<string, Controller>()

  const switchOff = async (controller: Controller): Promise<void> => {
    controllers.delete(controller.id)
    await controller
      .close()
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'A simulated controller was not closed. See the error.'),
      )
  }
  /** In development, a request from this machine needs no login to open the simulator. */
  const needsToken = (request: HttpRequest): boolean =>
    options.environment === 'production' || !isLocal(request, options.publicUrl)
  /** Without a `publicUrl`, the address of the platform comes from the Host header, and that may be forged. */
  const requireOwnLink = ({ native }: HttpRequest, origin: string): void => {
    const wrong = options.publicUrl === undefined ? wrongLink(origin, arrivalOf(native)) : null
    if (wrong === null) return
    throw new DjiCloudError('INVALID_INPUT', {
      message: `${wrong} Open the simulator by localhost or by an IP address of this machine. Behind a proxy or a mapped port, set publicUrl to the address that the browser shows.`,
      data: { issues: [{ field: 'host', message: wrong }] },
    })
  }
  const controllerOf = (id: string): Controller => {
    const found = controllers.get(id)
    if (found === undefined) throw new DjiCloudError('NOT_FOUND')
    return found
  }

  return {
    admit(request) {
      if (!isOwnRequest(request, options.publicUrl)) throw new DjiCloudError('TOOL_REFUSED')
    },
    page(request) {
      if (!isOwnHost(request.host, options.publicUrl)) throw new DjiCloudError('TOOL_REFUSED')
      const { mount } = context.publicBase(request)
      return simulatorPage(`${mount}${ROOT}`, mount, needsToken(request), context.pageLanguage(request))
    },
    asset(hash, name) {
      const found = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined
      if (found === undefined || found.hash !== hash) throw new DjiCloudError('NOT_FOUND')
      return { status: 200, headers: assetHeaders(found.type), body: found.text }
    },
    async create(request, setup) {
      if (needsToken(request)) await sessions.require(tokenOf(request.headers))
      const { origin, mount, secure } = context.publicBase(request)
      requireOwnLink(request, origin)
      const id = randomBytes(24).toString('base64url')
      const link = `${origin}${mount}/pilot`
      const controller = createController({ context, id, link, base: `${mount}${ROOT}` }, setup)
      // One controller per browser: switch off the previous one.
      const before = controllers.get(cookieOf(request, COOKIE) ?? '')
      if (before !== undefined) await switchOff(before)
      const oldest = [...controllers.values()][0]
      if (controllers.size >= MOST && oldest !== undefined) await switchOff(oldest)
      controllers.set(id, controller)
      const cookie = setCookie(COOKIE, id, { path: `${mount}/pilot`, sameSite: 'strict', secure })
      return { ...success({ id, state: controller.state() }), cookies: [cookie] }
    },
    news(id, after, signal) {
      const since = Number(after ?? 0)
      return controllerOf(id).news(Number.isFinite(since) ? since : 0, WAIT_MS, signal)
    },
    control: (id, control) => controllerOf(id).control(control),
    bridge(id, message) {
      const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
      return { status: 200, headers, body: controllerOf(id).answer(message) }
    },
    dress(answer, request) {
      const controller = controllers.get(cookieOf(request, COOKIE) ?? '')
      // The same browser may show the page in an ordinary tab too. Do not change it there.
      if (controller === undefined || request.headers['sec-fetch-dest'] === 'document') return answer
      if (!isPage(answer)) return licensed(answer)
      return withScript({ ...answer, headers: framed(answer.headers) }, controller.script())
    },
    sweep() {
      for (const one of controllers.values()) if (clock.now() - one.seenAt() > IDLE_MS) void switchOff(one)
    },
    async close() {
      await Promise.all([...controllers.values()].map(switchOff))
    },
  }
}
