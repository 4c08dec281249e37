import type { Row } from '../row.ts'
import { authenticatedRoute } from './authenticated-route.ts'
import { broker } from './broker.ts'
import { coldStart } from './cold-start.ts'
import { fleet } from './fleet.ts'
import { guesses } from './guesses.ts'
import { hostRoutes } from './host-routes.ts'
import { hostile } from './hostile.ts'
import { kept } from './kept.ts'
import { logins } from './logins.ts'
import { pageReady, pageRoundTrips } from './page-ready.ts'
import { pageWeight } from './page-weight.ts'
import { scales } from './scale.ts'
import { sessionStores } from './session-stores.ts'

/** All rows of the table, in order. */
export const rows: readonly Row[] = [
  ...hostRoutes,
  authenticatedRoute,
  ...sessionStores,
  ...broker,
  hostile,
  ...kept,
  logins,
  ...guesses,
  pageWeight,
  pageReady,
  pageRoundTrips,
  ...coldStart,
  ...fleet,
  ...scales,
]
