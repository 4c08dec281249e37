import { checkedAnswer } from '../plugins/answers.ts'
import type { PilotResponseTransform } from '../plugins/rows.ts'
import type { Logger } from '../ports/logger.ts'
import type { Route } from './routes.ts'

/** Pages and their parts. Plugins can change no other answers. */
const PAGES = /^\/pilot(?:\/|$)/

/**
 * Adds the transforms to the rows below `/pilot`. They run one after the other. If one fails, its input is sent
 * unchanged.
 */
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
          'A plugin failed to change an answer, so it was sent unchanged. See the error.',
        )
      }
    }
    return changed
  }
  return rows.map((row) => (PAGES.test(row.path) ? { ...row, transform } : row))
}
