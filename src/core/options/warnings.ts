import { processFaults, type Siblings } from './processes.ts'
import type { ParsedOptions } from './schema.ts'

/** A choice that is allowed but can cause trouble later. Never holds a value: it may be a secret. */
export interface Warning {
  readonly option: string
  readonly fix: string
}

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/
const SHORTEST_LICENSE = 16

/** Pilot decodes the licence as base64, and answers "bad base-64" if that fails (facts B2). */
export function warnings(options: ParsedOptions, siblings: Siblings | null = null): Warning[] {
  const found: Warning[] = []
  const add = (option: string, fix: string): void => void found.push({ option, fix })
  const { license } = options
  if (license === undefined && options.environment === 'development') {
    add(
      'license',
      'is not set: pilots can log in, but Pilot does not connect; set DJI_APP_ID, DJI_APP_KEY and DJI_APP_LICENSE',
    )
  }
  if (
    license !== undefined &&
    (!BASE64.test(license.appLicense) || license.appLicense.length < SHORTEST_LICENSE)
  ) {
    add(
      'license.appLicense',
      'does not look like a licence (base64), and Pilot will answer "bad base-64"; copy it again from developer.dji.com',
    )
  }
  if (options.mqtt.anonymous) {
    add(
      'mqtt.anonymous',
      'is UNSAFE: anybody who reaches the broker may publish as any aircraft of the workspace',
    )
  }
  const legacy = options.mqtt.legacyAccounts.map(({ username }) => `"${username}"`)
  if (legacy.length > 0) {
    add(
      'mqtt.legacyAccounts',
      `is UNSAFE: anybody who knows the static password of ${legacy.join(', ')} may publish as controllers of its workspace; remove each account as soon as cloud.health().legacyAccounts counts no controller for it`,
    )
  }
  if (options.mqtt.anonymous && options.broker !== undefined && options.broker.handleUpgrade === undefined) {
    add(
      'mqtt.anonymous',
      'does nothing with this broker: it works with the embedded broker only. Remove it, and use the setting of your broker',
    )
  }
  const { broker, mqtt } = options
  if (
    broker !== undefined &&
    broker.listens !== true &&
    (mqtt.port !== undefined || mqtt.host !== undefined)
  ) {
    const names = ['port', 'host'].filter((name) => mqtt[name as 'port' | 'host'] !== undefined)
    add(
      names.map((name) => `mqtt.${name}`).join(', '),
      `does nothing: the broker ${broker.name} runs outside this process, and its own settings say where it listens. Remove it; the address for controllers is mqtt.url`,
    )
  }
  if (options.environment === 'production' && options.sessions === undefined) {
    add('sessions', 'are in memory: a restart logs everybody out; use redisSessions or sqlSessions')
  }
  const alone = processFaults(options, siblings)
  // One warning is enough here: in production this has already stopped the start.
  if (siblings !== null && alone.length > 0) {
    const names = alone.map(({ option }) => option).join(', ')
    add(
      names,
      `are in the memory of one process, and this is ${siblings.who}: other processes of this app do not see them, so a token from one process gives 401 at the others. Use Redis or SQL stores and a shared broker (docs/stores.md)`,
    )
  }
  return found
}
