import type { DeviceStore } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import type { LegacyAccount } from './legacy.ts'

/**
 * Controllers that static accounts name are held from the start: brokers elsewhere do not say who publishes, so that a message
 * of a controller that nobody holds would be refused. What a store could not do is tried again at the next call.
 */
export function createLegacyClaims(parts: {
  readonly accounts: readonly Pick<LegacyAccount, 'username' | 'workspace' | 'gateways'>[]
  readonly claim: DeviceStore['claim']
  readonly logger: Logger
}): () => Promise<void> {
  const { accounts, claim, logger } = parts
  const open = new Map(
    accounts.flatMap(({ username, workspace, gateways = [] }) =>
      gateways.map((gateway) => [gateway, { username, workspace }] as const),
    ),
  )
  return async () => {
    for (const [gateway, { username, workspace }] of [...open]) {
      try {
        const holder = await claim(gateway, workspace)
        open.delete(gateway)
        if (holder !== workspace)
          logger.warn(
            { gateway, username },
            'a controller of mqtt.legacyAccounts is held by another workspace and is refused: unbind it there',
          )
      } catch (error) {
        logger.warn(
          { err: error, gateway, username },
          'a controller of mqtt.legacyAccounts was not claimed yet',
        )
        return
      }
    }
  }
}
