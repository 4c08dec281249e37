export type Environment = Readonly<Record<string, string | undefined>>

/** The environment variable of each option. The start-up error names it. */
export const VARIABLES: Readonly<Record<string, string>> = {
  environment: 'NODE_ENV',
  secret: 'DJI_CLOUD_SECRET',
  publicUrl: 'DJI_CLOUD_PUBLIC_URL',
  'mqtt.url': 'DJI_CLOUD_MQTT_URL',
  'license.appId': 'DJI_APP_ID',
  'license.appKey': 'DJI_APP_KEY',
  'license.appLicense': 'DJI_APP_LICENSE',
}

/** Empty variables count as absent: that is how compose files and CI systems write "not set". */
const read = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined

/**
 * Fills options that the host did not give from environment variables, field by field. The host's options win.
 * @param options without fields that are `undefined`
 */
export function withEnvironment(
  options: Readonly<Record<string, unknown>>,
  env: Environment,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...options }
  merged['environment'] ??= read(env, 'NODE_ENV') === 'production' ? 'production' : 'development'

  const secret = read(env, 'DJI_CLOUD_SECRET')
  if (merged['secret'] === undefined && secret !== undefined) {
    merged['secret'] = secret.split(',').map((part) => part.trim())
  }
  const publicUrl = read(env, 'DJI_CLOUD_PUBLIC_URL')
  if (publicUrl !== undefined) merged['publicUrl'] ??= publicUrl

  const mqttUrl = read(env, 'DJI_CLOUD_MQTT_URL')
  if (mqttUrl !== undefined && isRecord(merged['mqtt'] ?? {}))
    merged['mqtt'] = { url: mqttUrl, ...(merged['mqtt'] as object | undefined) }

  const license = Object.entries({
    appId: read(env, 'DJI_APP_ID'),
    appKey: read(env, 'DJI_APP_KEY'),
    appLicense: read(env, 'DJI_APP_LICENSE'),
  }).filter(([, value]) => value !== undefined)
  if (license.length > 0 && isRecord(merged['license'] ?? {})) {
    merged['license'] = { ...Object.fromEntries(license), ...(merged['license'] as object | undefined) }
  }

  const developer = read(env, 'DJI_CLOUD_DEV_USER')
  if (merged['users'] === undefined && developer !== undefined) merged['users'] = [accountOf(developer)]
  return merged
}

/** Without a colon the account has no password. It is refused later, in one error with all other faults. */
function accountOf(nameAndPassword: string): { readonly username: string; readonly password?: string } {
  const colon = nameAndPassword.indexOf(':')
  return colon < 1
    ? { username: nameAndPassword }
    : { username: nameAndPassword.slice(0, colon), password: nameAndPassword.slice(colon + 1) }
}

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
