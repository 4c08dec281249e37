import { checkedAnswer } from '../plugins/answers.ts'
import type { PilotResponseTransform } from '../plugins/rows.ts'
import type { Logger } from '../ports/logger.ts'
import { createRouter, normalizePath } from './router.ts'
import type { Route } from './routes.ts'
import type { HttpPlatform } from './types.ts'

/** Pages and what belongs to them; no other answer is ever looked at. */
const PAGES = /^\/pilot(?:\/|$)/

export interface Transforms {
  readonly transforms: readonly PilotResponseTransform[]
  /** What plugins answer themselves, which stays as it is. */
  readonly routes: readonly Route[]
}

/** A platform whose answers below `/pilot` are given to each transform, one after the other. One that fails changes nothing. */
export function transformed(
  platform: HttpPlatform,
  { transforms, routes }: Transforms,
  logger: Logger,
): HttpPlatform {
  if (transforms.length === 0) return platform
  const match = createRouter(routes)
  return {
    claims: platform.claims,
    begin: platform.begin,
    async handle(request) {
      const answer = await platform.handle(request)
      const path = normalizePath(request.path)
      if (answer === null || !PAGES.test(path) || match(request.method, path) !== null) return answer
      let changed = answer
      for (const transform of transforms) {
        try {
          changed = checkedAnswer(await transform(changed, request), 'A transform')
        } catch (error) {
          logger.error({ err: error, path }, 'a plugin could not change an answer: it is sent as it was')
        }
      }
      return changed
    },
  }
}
