import { randomBytes } from 'node:crypto'
import { DjiCloudError, isDjiCloudError } from '../core/errors.ts'
import { publicBase, rootOf } from '../core/http/addresses.ts'
import { jsonOf, validate } from '../core/http/body.ts'
import { failure, success } from '../core/http/envelope.ts'
import type { HttpLayer, LayerParts } from '../core/http/layers.ts'
import { normalisePath } from '../core/http/router.ts'
import { tokenOf } from '../core/http/token-header.ts'
import type { HttpAnswer, HttpRequest } from '../core/http/types.ts'
import { isPage, withScript } from '../core/http/with-script.ts'
import { traceSchema } from '../testing/trace/trace.ts'
import { TOOLS } from '../views/tools.gen.ts'

const ROOT = '/pilot/traces'
const NAME = /^\/pilot\/traces\/([\w-]{24,})\.json$/
/** Newest traces kept, in memory: they are to be taken home. */
const KEPT = 20
const LARGEST = 1_048_576

/** Pages with a tape running, and where their traces are left (docs/recorder.md). */
export function createRecorder({ options, sessions, logger }: LayerParts): HttpLayer {
  const traces = new Map<string, string>()

  async function take(request: HttpRequest): Promise<HttpAnswer> {
    // A header that a foreign page cannot send without a preflight, which nobody answers.
    if (request.headers['x-dji-recorder'] !== '1') throw new DjiCloudError('TOOL_REFUSED')
    if (options.environment === 'production') await sessions.require(tokenOf(request.headers))
    const trace = validate(traceSchema, jsonOf(await request.readBody(LARGEST)))
    const id = randomBytes(18).toString('base64url')
    traces.set(id, JSON.stringify(trace, null, 1))
    for (const old of traces.keys()) if (traces.size > KEPT) traces.delete(old)
    const path = `${publicBase(options.publicUrl, request).mount}${ROOT}/${id}.json`
    logger.info({ path, entries: trace.entries.length }, 'a trace was recorded')
    return success({ path })
  }

  function give(id: string): HttpAnswer {
    const body = traces.get(id)
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
  }

  async function answered(request: HttpRequest): Promise<HttpAnswer | null> {
    const path = normalisePath(request.path)
    if (path === ROOT && request.method === 'POST') return take(request)
    const id = NAME.exec(path)?.[1]
    return id !== undefined && request.method === 'GET' ? give(id) : null
  }

  function recorded(request: HttpRequest, answer: HttpAnswer | null): HttpAnswer | null {
    if (answer === null || !isPage(answer) || normalisePath(request.path).startsWith('/pilot/simulator'))
      return answer
    const data = JSON.stringify({ upload: `${rootOf(options.publicUrl, request)}${ROOT}` })
    return withScript(answer, `window.djiCloudRecorder = ${data};\n${TOOLS['recorder.js']?.text ?? ''}`)
  }

  return {
    async handle(request, next) {
      try {
        return (await answered(request)) ?? recorded(request, await next())
      } catch (error) {
        if (isDjiCloudError(error) && error.error !== 'VIEW') return failure(error)
        throw error
      }
    },
    close: async () => traces.clear(),
  }
}
