import { processFaults, type Siblings } from './processes.ts'
import type { ParsedOptions } from './schema.ts'

/** What is allowed and yet will bite. Never holds a value: it may be a secret. */
export interface Warning {
  readonly option: string
  readonly fix: string
}

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/
const SHORTEST_LICENSE = 16

/** Pilot decodes the licence as base64; whatever is not, it answers with "bad base-64" (facts B2). */
export function warnings(options: ParsedOptions, siblings: Siblings | null = null): Warning[] {
  const found: Warning[] = []
  const add = (option: string, fix: string): void => void found.push({ option, fix })
  const { license } = options
  if (license === undefined && options.environment === 'development') {
    add(
      'license',
      'is not set: pilots can log in, but get connected only with DJI_APP_ID, DJI_APP_KEY and DJI_APP_LICENSE',
    )
  }
  if (
    license !== undefined &&
    (!BASE64.test(license.appLicense) || license.appLicense.length < SHORTEST_LICENSE)
  ) {
    add('license.appLicense', 'does not look like a licence (base64); Pilot will answer "bad base-64"')
  }
  if (options.mqtt.anonymous) {
    add(
      'mqtt.anonymous',
      'is UNSAFE: anybody who reaches the broker may speak for any aircraft of the workspace',
    )
  }
  const legacy = options.mqtt.legacyAccounts.map(({ username }) => `"${username}"`)
  if (legacy.length > 0) {
    add(
      'mqtt.legacyAccounts',
      `is UNSAFE: whoever knows the static password of ${legacy.join(', ')} may speak for controllers of its workspace; remove each one as soon as cloud.health().legacyAccounts counts nobody on it`,
    )
  }
  if (options.mqtt.anonymous && options.broker !== undefined && options.broker.handleUpgrade === undefined) {
    add(
      'mqtt.anonymous',
      'is for the embedded broker and does nothing with this one, which has a switch of its own',
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
      `does nothing: the broker ${broker.name} runs outside this process and listens where its own settings say. Remove it; the address for controllers is mqtt.url`,
    )
  }
  if (options.environment === 'production' && options.sessions === undefined) {
    add('sessions', 'are in memory: a restart logs everybody out; see redisSessions and sqlSessions')
  }
  const alone = processFaults(options, siblings)
  // One line: in production a certain case did not start at all.
  if (siblings !== null && alone.length > 0) {
    const names = alone.map(({ option }) => option).join(', ')
    add(
      names,
      `are kept by this process alone, and this is ${siblings.who}: others of this app share nothing with it, and a login at one is a 401 at the next. Use Redis or SQL stores and a shared broker (docs/stores.md)`,
    )
  }
  return found
}
