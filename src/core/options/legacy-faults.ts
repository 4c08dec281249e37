import { type Fault, fault } from './faults.ts'
import type { ParsedOptions } from './schema.ts'

/** Checks that the schema cannot make: names and controllers are unique, and the broker supports static accounts. */
export function legacyFaults({ mqtt, broker }: ParsedOptions): Fault[] {
  const accounts = mqtt.legacyAccounts
  if (accounts.length === 0) return []
  const faults: Fault[] = []
  const names = new Set<string>()
  const workspaces = new Map<string, string>()
  // Without the option `broker`, the embedded broker runs.
  const way = broker === undefined ? 'connection' : broker.capabilities?.legacyAccounts
  if (way === undefined) faults.push(fault('mqtt.legacyAccounts', unable(broker)))
  for (const [index, { username, workspace, gateways = [] }] of accounts.entries()) {
    const option = `mqtt.legacyAccounts.${index}`
    if (names.has(username)) faults.push(fault(`${option}.username`, 'is the user name of another account'))
    names.add(username)
    if (way === 'list' && gateways.length === 0)
      faults.push(
        fault(
          `${option}.gateways`,
          `is missing: ${broker?.name ?? 'this broker'} cannot bind a connection to one controller; list the serial numbers that use the account`,
        ),
      )
    for (const gateway of gateways) {
      const other = workspaces.get(gateway) ?? workspace
      workspaces.set(gateway, other)
      if (other !== workspace)
        faults.push(
          fault(`${option}.gateways`, 'names a controller that another account assigns to another workspace'),
        )
    }
  }
  return faults
}

const unable = (broker: ParsedOptions['broker']): string =>
  broker?.capabilities?.credentials === 'shared'
    ? 'does nothing with this broker: all controllers share one account, and old controllers can keep using it. Remove the option, or use a broker with credentials for each controller'
    : `does not work with the broker "${broker?.name}"; use embeddedBroker, mosquittoBroker, rabbitmqBroker or emqxBroker({ auth: 'hooks' })`
