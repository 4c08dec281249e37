import { checkedAnswer } from '../plugins/answers.ts'
import type { PilotResponseTransform } from '../plugins/rows.ts'
import type { Logger } from '../ports/logger.ts'
import { withinTime } from '../promises.ts'
import type { Route } from './routes.ts'
import type { HttpRequest, HttpResponse } from './types.ts'

/** Pages and their parts. Plugins can change no other answers. */
const PAGES = /^\/pilot(?:\/|$)/

/** A transform that takes longer than this is not waited for. */
const LONGEST_MS = 2_000

/**
 * Adds the transforms to the rows below `/pilot`. They run one after the other. If one fails or does not answer, its
 * input is sent unchanged. While it does not answer, it is not called again, because a page has many parts and each
 * would wait for it.
 */
export function withTransforms(
  rows: readonly Route[],
  transforms: readonly PilotResponseTransform[],
  logger: Logger,
  longestMs: number = LONGEST_MS,
): readonly Route[] {
  if (transforms.length === 0) return rows
  const unanswered = new Set<PilotResponseTransform>()

  async function changed(
    one: PilotResponseTransform,
    answer: HttpResponse,
    request: HttpRequest,
  ): Promise<HttpResponse> {
    if (unanswered.has(one)) return answer
    const work = Promise.resolve(one(answer, request))
    const over = (): unknown => unanswered.delete(one)
    return await withinTime(work, longestMs, () => {
      unanswered.add(one)
      work.then(over, over)
      return new Error(`The transform did not answer within ${longestMs} ms.`)
    })
  }

  const transform: Route['transform'] = async (answer, request) => {
    let sent = answer
    for (const one of transforms) {
      try {
        sent = checkedAnswer(await changed(one, sent, request), 'A transform')
      } catch (error) {
        logger.error(
          { err: error, path: request.path },
          'A plugin failed to change an answer, so it was sent unchanged. See the error.',
        )
      }
    }
    return sent
  }
  return rows.map((row) => (PAGES.test(row.path) ? { ...row, transform } : row))
}
