import { compare } from '../compare.ts'
import type { Row } from '../row.ts'

export const authenticatedRoute: Row = {
  name: 'GET workspaces/current with a token / a bare Express 5 route with jwt.verify',
  goal: { atLeast: 0.9 },
  unit: '',
  measure: () => compare(['express', 'authenticated', 'mounted'], ['express', 'authenticated', 'bare']),
}
