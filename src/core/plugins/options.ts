import type { ParsedOptions } from '../options/schema.ts'
import type { PluginOptions } from './context.ts'

/** Without secrets: a plugin cannot leak what it was never given. */
export const pluginOptions = (options: ParsedOptions): PluginOptions => ({
  environment: options.environment,
  publicUrl: options.publicUrl,
  platformName: options.platformName,
  mqtt: { url: options.mqtt.url },
  http: { bodyLimit: options.http.bodyLimit },
  insecure: [...options.insecure],
})
