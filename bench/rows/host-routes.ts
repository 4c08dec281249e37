import { compare } from '../compare.ts'
import type { Row } from '../row.ts'

/**
 * The app has one route and nothing else, so any layer looks as expensive as it can. In Express, even a layer that does
 * nothing costs several percent of that, so the middleware is compared with such a layer. The second row compares with
 * no layer, which is the real cost for a host (docs/design-changes.md).
 */
const row = (label: string, framework: 'express' | 'koa', baseline: 'layer' | 'bare', goal: number): Row => ({
  name: `${label}: the app's own route, with the middleware / ${baseline === 'layer' ? 'with a layer that does nothing' : 'without any layer'}`,
  goal: { atLeast: goal },
  unit: '',
  measure: () => compare([framework, 'own', 'mounted'], [framework, 'own', baseline]),
})

export const hostRoutes = [
  row('Express 5', 'express', 'layer', 0.98),
  row('Express 5', 'express', 'bare', 0.93),
  row('Koa 3', 'koa', 'layer', 0.98),
  row('Koa 3', 'koa', 'bare', 0.95),
]
