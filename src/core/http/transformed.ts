import { checkedAnswer } from '../plugins/answers.ts'
import type { PilotResponseTransform } from '../plugins/rows.ts'
import type { Logger } from '../ports/logger.ts'
import type { Route } from './routes.ts'

/** Pages and what belongs to them. Plugins change no other answers. */
const PAGES = /^\/pilot(?:\/|$)/

/** Rows below `/pilot` get the transforms, which run one after the other. If one fails, the answer is sent as it was. */
export function withTransforms(
  rows: readonly Route[],
  transforms: readonly PilotResponseTransform[],
  logger: Logger,
): readonly Route[] {
  if (transforms.length === 0) return rows
  const transform: Route['transform'] = async (answer, request) => {
    let changed = answer
    for (const one of transforms) {
      try {
        changed = checkedAnswer(await one(changed, request), 'A transform')
      } catch (error) {
        logger.error(
          { err: error, path: request.path },
          'a plugin could not change an answer: it is sent as it was',
        )
      }
    }
    return changed
  }
  return rows.map((row) => (PAGES.test(row.path) ? { ...row, transform } : row))
}
