import type { KeyRing } from '../access/keys.ts'
import { accessRoutes } from './handlers/access.ts'
import { assetRoutes } from './handlers/assets.ts'
import { brokerHookRoutes } from './handlers/broker-hooks.ts'
import { currentRoutes } from './handlers/current.ts'
import { deviceRoutes } from './handlers/devices.ts'
import { keyRoutes } from './handlers/keys.ts'
import { type PageServices, pageRoutes } from './handlers/pages.ts'
import { websocketRoutes } from './handlers/websocket.ts'
import type { Route } from './routes.ts'

/** Every route there is. Tests walk it, so that a new one cannot be forgotten. */
export const routeTable = (services: PageServices, keys: Pick<KeyRing, 'jwks'>): Route[] => [
  ...pageRoutes(services),
  ...assetRoutes(services.assets),
  ...accessRoutes(services),
  ...currentRoutes(services),
  ...deviceRoutes(services),
  ...websocketRoutes,
  ...keyRoutes(keys),
  ...brokerHookRoutes(services.broker?.hooks, services.logger),
]
