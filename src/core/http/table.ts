import type { KeyRing } from '../access/keys.ts'
import { accessRoutes } from './handlers/access.ts'
import { assetRoutes } from './handlers/assets.ts'
import { brokerHookRoutes } from './handlers/broker-hooks.ts'
import { continueRoutes } from './handlers/continue.ts'
import { currentRoutes } from './handlers/current.ts'
import { deviceRoutes } from './handlers/devices.ts'
import { doctorRoutes } from './handlers/doctor-checks.ts'
import { fleetRoutes } from './handlers/fleet.ts'
import { keyRoutes } from './handlers/keys.ts'
import { loginRoutes } from './handlers/login.ts'
import { type PageServices, pageRoutes } from './handlers/pages.ts'
import type { Services } from './handlers/services.ts'
import { situationRoutes } from './handlers/situation.ts'
import { websocketRoutes } from './handlers/websocket.ts'
import type { Route } from './routes.ts'

/** All routes of the platform, without the pages. */
export const apiTable = (services: Services, keys: Pick<KeyRing, 'jwks'>): Route[] => [
  ...loginRoutes(services),
  ...accessRoutes(services),
  ...continueRoutes(services),
  ...currentRoutes(services),
  ...deviceRoutes(services),
  ...websocketRoutes,
  ...keyRoutes(keys),
  ...brokerHookRoutes(services.broker?.hooks, services.logger),
]

/** The pages and their assets. */
export const pageTable = (services: PageServices): Route[] => [
  ...pageRoutes(services),
  ...situationRoutes(services),
  ...fleetRoutes(services),
  ...doctorRoutes(services),
  ...assetRoutes(services.assets),
]

/** The rows of `pageTable`, as far as they are known before the plugins have added to the pages. */
export const PAGE_ROWS: readonly Pick<Route, 'method' | 'path' | 'guard'>[] = [
  { method: 'GET', path: '/pilot/doctor', guard: 'token' },
  { method: 'GET', path: '/pilot/situation', guard: 'token' },
  { method: 'GET', path: '/pilot/fleet/devices', guard: 'token' },
  ...[
    '/pilot',
    '/pilot/login',
    '/pilot/home',
    '/pilot/fleet',
    '/pilot/bootstrap',
    '/pilot/assets/:hash/:name',
  ].map((path) => ({ method: 'GET', path, guard: 'public' }) as const),
]

/** All routes. Tests go through this table, so that no new route can be forgotten. */
export const routeTable = (services: PageServices, keys: Pick<KeyRing, 'jwks'>): Route[] => [
  ...pageTable(services),
  ...apiTable(services, keys),
]
