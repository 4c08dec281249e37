import { DjiCloudError } from '../../errors.ts'
import { WS_PATH } from '../addresses.ts'
import { open, type Route } from '../routes.ts'

/**
 * WebSockets are opened by an upgrade, which never reaches this row. The first one of all is an exception: while nobody
 * listens for upgrades, Node hands it out as an ordinary request. That request shows us the server.
 */
export const websocketRoutes: readonly Route[] = [
  open('GET', WS_PATH, null, () => {
    throw new DjiCloudError('UPGRADE_REQUIRED', { headers: { upgrade: 'websocket', 'retry-after': '1' } })
  }),
]
