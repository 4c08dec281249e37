import type { DeviceStore } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import type { LegacyAccount } from './legacy.ts'

/**
 * Claims the controllers that static accounts name. External brokers do not say who publishes, so messages of a
 * controller that no workspace owns would be refused. If the store fails, the next call tries again.
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
            'A controller of mqtt.legacyAccounts is refused, because another workspace owns it. Unbind it in that workspace.',
          )
      } catch (error) {
        logger.warn(
          { err: error, gateway, username },
          'The device store did not answer, so a controller of mqtt.legacyAccounts does not belong to its workspace yet. The platform tries again in a minute. Check the store.',
        )
        return
      }
    }
  }
}
