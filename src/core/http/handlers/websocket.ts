import { DjiCloudError } from '../../errors.ts'
import { WS_PATH } from '../addresses.ts'
import { open, type Route } from '../routes.ts'

/**
 * A WebSocket is opened by an upgrade, which never comes here, except for the first one of all: Node hands it out as
 * an ordinary request while nobody listens for upgrades. This very request shows us the server.
 */
export const websocketRoutes: readonly Route[] = [
  open('GET', WS_PATH, null, () => {
    throw new DjiCloudError('UPGRADE_REQUIRED', { headers: { upgrade: 'websocket', 'retry-after': '1' } })
  }),
]
