import type { PilotAnswerTransform } from '../plugins/rows.ts'
import { createRouter, normalisePath } from './router.ts'
import type { Route } from './routes.ts'
import type { HttpPlatform } from './types.ts'

/** Pages and what belongs to them; no other answer is ever looked at. */
const PAGES = /^\/pilot(?:\/|$)/

/**
 * A platform whose answers below `/pilot` are given to each of these, one after the other.
 * @param pluginRoutes what plugins answer there themselves, which stays as it is
 */
export function transformed(
  platform: HttpPlatform,
  transforms: readonly PilotAnswerTransform[],
  pluginRoutes: readonly Route[],
): HttpPlatform {
  if (transforms.length === 0) return platform
  const match = createRouter(pluginRoutes)
  return {
    claims: platform.claims,
    async handle(request) {
      const answer = await platform.handle(request)
      const path = normalisePath(request.path)
      if (answer === null || !PAGES.test(path) || match(request.method, path) !== null) return answer
      let changed = answer
      for (const transform of transforms) changed = await transform(changed, request)
      return changed
    },
  }
}
