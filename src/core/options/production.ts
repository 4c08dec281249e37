import { type Fault, fault } from './faults.ts'
import { safeUrl } from './pieces.ts'
import type { ParsedOptions } from './schema.ts'

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/i

/** Faults that stop the start in production only. All are returned at once, so that one repair is enough. */
export function productionFaults(options: ParsedOptions, devUserFromEnvironment: boolean): Fault[] {
  const faults: Fault[] = []
  const allowed = (word: ParsedOptions['insecure'][number]): boolean => options.insecure.includes(word)
  const add = (option: string, fix: string): void => void faults.push(fault(option, fix))

  if (options.secret === undefined && options.keys === undefined)
    add(
      'secret',
      'is missing; set at least 32 random characters (openssl rand -base64 32), the same on every node',
    )
  if (options.license === undefined) {
    for (const part of ['appId', 'appKey', 'appLicense'])
      add(
        `license.${part}`,
        'is missing; create a "Cloud API" app on developer.dji.com and copy it unchanged',
      )
  }

  const page = safeUrl(options.publicUrl ?? '')
  if (page === null) add('publicUrl', 'is missing; set the https address that pilots type, without /pilot')
  else if (LOCAL.test(page.hostname))
    add('publicUrl', `points at ${page.hostname}, which a controller cannot reach; use the public name`)
  else if (page.protocol !== 'https:' && !allowed('http'))
    add(
      'publicUrl',
      'is not https, so passwords and tokens would be sent without encryption; use https, or on a closed network add insecure: ["http"]',
    )

  const mqtt = safeUrl(options.mqtt.url ?? '')
  if (mqtt === null)
    add(
      'mqtt.url',
      'is missing; set the address that controllers connect to, such as ssl://mqtt.example.com:8883',
    )
  else if (LOCAL.test(mqtt.hostname))
    add('mqtt.url', `points at ${mqtt.hostname}, which a controller cannot reach; use the public name`)
  else if (!['ssl:', 'wss:'].includes(mqtt.protocol) && !allowed('mqtt'))
    add('mqtt.url', 'is not encrypted; use ssl:// or wss://; on a closed network add insecure: ["mqtt"]')

  if (options.mqtt.anonymous && !allowed('anonymous'))
    add('mqtt.anonymous', 'lets anybody publish for any aircraft; remove it, or add insecure: ["anonymous"]')

  if (options.mqtt.legacyAccounts.length > 0 && !allowed('legacy-accounts')) {
    add(
      'mqtt.legacyAccounts',
      'lets anybody who knows a static password publish as controllers of its workspace; move the last controllers (docs/migrating.md) and remove it, or add insecure: ["legacy-accounts"]',
    )
  }

  if (options.broker?.capabilities?.credentials === 'shared' && !allowed('shared-account')) {
    add(
      'broker',
      'gives all controllers the same account, so each can publish as any other; use a broker with credentials for each controller, or add insecure: ["shared-account"]',
    )
  }

  if (revokesLate(options.broker) && !allowed('late-revocation')) {
    add(
      'broker',
      `"${options.broker?.name}" does not close the connection of a controller whose session has ended (capability revocation); use a broker that does, or add insecure: ["late-revocation"]`,
    )
  }

  if (devUserFromEnvironment)
    add('users', 'comes from DJI_CLOUD_DEV_USER, which is for development; give a user store')
  else if (options.users === undefined && options.login === undefined)
    add(
      'users',
      'is missing; give a user store (customUsers, sqlUsers), accounts with passwordHash, or the option login; false: a plugin logs everybody in',
    )
  else if (
    Array.isArray(options.users) &&
    options.users.some((user) => user.passwordHash === undefined) &&
    !allowed('plain-passwords')
  ) {
    add(
      'users',
      'holds a plain password; store passwordHash made by hashPassword(), or add insecure: ["plain-passwords"]',
    )
  }
  return faults
}

/** A shared account cannot be revoked at all: `shared-account` reports that. */
const revokesLate = (broker: ParsedOptions['broker']): boolean =>
  broker !== undefined &&
  broker.capabilities?.credentials !== 'shared' &&
  broker.capabilities?.revocation !== 'immediate'
