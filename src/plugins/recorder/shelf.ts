import { randomBytes } from 'node:crypto'
import {
  DjiCloudError,
  type HttpRequest,
  type HttpResponse,
  isOwnHost,
  type PluginContext,
  tokenOf,
  validate,
} from '../../plugin.ts'
import { traceSchema } from '../../testing/index.ts'
import { ASSETS } from './assets.gen.ts'
import { ROOT } from './names.ts'

/** Number of traces kept in memory. Download them; the oldest is dropped for a new one. */
const KEPT = 20
const FILE = /^([\w-]{24,})\.json$/

/** The traces of this process. */
export interface Shelf {
  /** @throws DjiCloudError TOOL_REFUSED if the request was not made by our page; in production, 401 without a token */
  admit(request: HttpRequest): Promise<void>
  /** @throws DjiCloudError INVALID_INPUT if it is not a trace */
  keep(request: HttpRequest, trace: unknown): { readonly path: string }
  give(file: string): HttpResponse
  /** The recording script for a page at the address of this request. */
  script(request: HttpRequest): string
  clear(): void
}

export function createShelf(context: PluginContext): Shelf {
  const { options, sessions, logger } = context
  const traces = new Map<string, string>()
  return {
    async admit({ headers, host }) {
      const { environment, publicUrl } = options
      // A page of another origin can send this header only after a preflight request, which is never allowed.
      if (headers['x-dji-recorder'] !== '1') throw new DjiCloudError('TOOL_REFUSED')
      // An attacker's host name can point to this server, and then the browser sees the same origin. But it has no token.
      const anyName = environment === 'production' && publicUrl === undefined
      if (!anyName && !isOwnHost(host, publicUrl)) throw new DjiCloudError('TOOL_REFUSED')
      if (environment === 'production') await sessions.require(tokenOf(headers))
    },
    keep(request, given) {
      const trace = validate(traceSchema, given)
      const id = randomBytes(18).toString('base64url')
      traces.set(id, JSON.stringify(trace, null, 1))
      for (const old of traces.keys()) if (traces.size > KEPT) traces.delete(old)
      const path = `${context.publicBase(request).mount}${ROOT}/${id}.json`
      logger.info({ path, entries: trace.entries.length }, 'A trace was recorded.')
      return { path }
    },
    give(file) {
      const body = traces.get(FILE.exec(file)?.[1] ?? '')
      if (body === undefined) throw new DjiCloudError('NOT_FOUND')
      return {
        status: 200,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-disposition': 'attachment; filename="dji-cloud-trace.json"',
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
        },
        body,
      }
    },
    script(request) {
      const data = JSON.stringify({ upload: `${context.pageRoot(request)}${ROOT}` })
      return `window.djiCloudRecorder = ${data};\n${ASSETS['recorder.js']?.text ?? ''}`
    },
    clear: () => traces.clear(),
  }
}
