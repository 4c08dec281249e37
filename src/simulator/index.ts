import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { DjiCloudError, isDjiCloudError } from '../core/errors.ts'
import { publicBase } from '../core/http/addresses.ts'
import { jsonOf, validate } from '../core/http/body.ts'
import { failure, success } from '../core/http/envelope.ts'
import type { HttpLayer, LayerParts } from '../core/http/layers.ts'
import { assetHeaders } from '../core/http/page-headers.ts'
import { createRouter, normalisePath } from '../core/http/router.ts'
import { tokenOf } from '../core/http/token-header.ts'
import type { HttpAnswer, HttpRequest } from '../core/http/types.ts'
import { isPage, withScript } from '../core/http/with-script.ts'
import { TOOLS } from '../views/tools.gen.ts'
import { cookieOf, isLoopback, isOwnHost, isOwnRequest } from './admission.ts'
import { type Controller, createController } from './controller.ts'
import { controlSchema, setupSchema } from './controls.ts'
import { framed, licensed } from './dressing.ts'
import { simulatorPage } from './page.ts'

const ROOT = '/pilot/simulator'
const COOKIE = 'dji-cloud-simulator'
const MOST = 16
/** How long a controller stays switched on when its page no longer asks. */
const IDLE_MS = 60_000
const WAIT_MS = 20_000

const bridgeSchema = z.strictObject({ message: z.string() })

type Handler = (
  request: HttpRequest,
  params: Readonly<Record<string, string>>,
) => Promise<HttpAnswer> | HttpAnswer

/** The simulator's page and its controllers, and the pages of the platform inside it (docs/simulator.md). */
export function createSimulator(parts: LayerParts): HttpLayer {
  const { options, sessions, clock, logger } = parts
  const controllers = new Map<string, Controller>()
  let closed = false

  const switchOff = async (controller: Controller): Promise<void> => {
    controllers.delete(controller.id)
    await controller.close().catch((error: unknown) => logger.warn({ err: error }, 'simulator: not closed'))
  }
  const sweep = setInterval(() => {
    for (const one of controllers.values()) if (clock.now() - one.seenAt() > IDLE_MS) void switchOff(one)
  }, 10_000)
  sweep.unref()

  /** On this machine, in development, nobody has to log in to a simulator in order to log in. */
  const needsToken = (request: HttpRequest): boolean =>
    options.environment === 'production' || !isLoopback(request.address)

  const own = async (request: HttpRequest): Promise<void> => {
    if (!isOwnRequest(request, options.publicUrl)) throw new DjiCloudError('TOOL_REFUSED')
  }
  const controllerOf = (id: string | undefined): Controller => {
    const found = controllers.get(id ?? '')
    if (found === undefined) throw new DjiCloudError('NOT_FOUND')
    return found
  }
  const bodyOf = async <Schema extends z.ZodType>(schema: Schema, request: HttpRequest) =>
    validate(schema, jsonOf(await request.readBody(options.http.bodyLimit)))

  const page: Handler = (request) => {
    if (!isOwnHost(request.host, options.publicUrl)) throw new DjiCloudError('TOOL_REFUSED')
    const { mount } = publicBase(options.publicUrl, request)
    return simulatorPage(`${mount}${ROOT}`, mount, needsToken(request))
  }

  const asset: Handler = (_, { hash, name = '' }) => {
    const found = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined
    if (found === undefined || found.hash !== hash) throw new DjiCloudError('NOT_FOUND')
    return { status: 200, headers: assetHeaders(found.type), body: found.text }
  }

  const create: Handler = async (request) => {
    await own(request)
    if (needsToken(request)) await sessions.require(tokenOf(request.headers))
    const setup = await bodyOf(setupSchema, request)
    const { origin, mount, secure } = publicBase(options.publicUrl, request)
    const id = randomBytes(24).toString('base64url')
    const link = `${origin}${mount}/pilot`
    const controller = createController({ ...parts, id, link, base: `${mount}${ROOT}` }, setup)
    // One screen, one controller: what this browser had before is switched off.
    const before = controllers.get(cookieOf(request.headers, COOKIE) ?? '')
    if (before !== undefined) await switchOff(before)
    const oldest = [...controllers.values()][0]
    if (controllers.size >= MOST && oldest !== undefined) await switchOff(oldest)
    controllers.set(id, controller)
    const cookie = `${COOKIE}=${id}; Path=${mount}/pilot; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
    return success({ id, state: controller.state() }, { 'set-cookie': cookie })
  }

  const news: Handler = async (request, { id }) => {
    await own(request)
    const after = Number(request.query.get('after') ?? 0)
    return success(await controllerOf(id).news(Number.isFinite(after) ? after : 0, WAIT_MS))
  }
  const control: Handler = async (request, { id }) => {
    await own(request)
    return success(await controllerOf(id).control(await bodyOf(controlSchema, request)))
  }
  const bridge: Handler = async (request, { id }) => {
    await own(request)
    const { message } = await bodyOf(bridgeSchema, request)
    const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
    return { status: 200, headers, body: controllerOf(id).answer(message) }
  }

  const match = createRouter<{ method: string; path: string; handle: Handler }>([
    { method: 'GET', path: ROOT, handle: page },
    { method: 'GET', path: `${ROOT}/assets/:hash/:name`, handle: asset },
    { method: 'POST', path: `${ROOT}/controllers`, handle: create },
    { method: 'GET', path: `${ROOT}/:id/news`, handle: news },
    { method: 'POST', path: `${ROOT}/:id/control`, handle: control },
    { method: 'POST', path: `${ROOT}/:id/bridge`, handle: bridge },
  ])

  /** A page of the platform that this browser shows inside the simulator. */
  function dressed(request: HttpRequest, answer: HttpAnswer | null): HttpAnswer | null {
    const controller = controllers.get(cookieOf(request.headers, COOKIE) ?? '')
    // The same browser may have the page in a tab of its own: that one stays as it is.
    if (answer === null || controller === undefined || request.headers['sec-fetch-dest'] === 'document')
      return answer
    if (!isPage(answer)) return licensed(answer)
    return withScript({ ...answer, headers: framed(answer.headers) }, controller.script())
  }

  async function answered(request: HttpRequest): Promise<HttpAnswer | null> {
    const found = match(request.method, normalisePath(request.path))
    if (found === null) return null
    if (closed) throw new DjiCloudError('SHUTTING_DOWN', { headers: { 'retry-after': '5' } })
    if (found.kind === 'wrong_method')
      throw new DjiCloudError('METHOD_NOT_ALLOWED', { headers: { allow: found.allow.join(', ') } })
    return found.route.handle(request, found.params)
  }

  return {
    async handle(request, next) {
      try {
        return (await answered(request)) ?? dressed(request, await next())
      } catch (error) {
        if (isDjiCloudError(error) && error.error !== 'VIEW') return failure(error)
        throw error
      }
    },
    async close() {
      closed = true
      clearInterval(sweep)
      await Promise.all([...controllers.values()].map(switchOff))
    },
  }
}
