import { compare } from '../compare.ts'
import type { Row } from '../row.ts'

const row = (framework: 'express' | 'koa', name: string): Row => ({
  name: `${name}: the app's own route, with the middleware / without`,
  goal: { atLeast: 0.98 },
  unit: '',
  measure: () => compare([framework, 'own', 'mounted'], [framework, 'own', 'bare']),
})

export const hostRoutes = [row('express', 'Express 5'), row('koa', 'Koa 3')]
