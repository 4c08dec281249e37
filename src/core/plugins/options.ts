import type { ParsedOptions } from '../options/schema.ts'
import type { PluginOptions } from './context.ts'

/** The options without secrets: a plugin cannot leak a secret that it never gets. */
export const pluginOptions = (options: ParsedOptions): PluginOptions => ({
  environment: options.environment,
  publicUrl: options.publicUrl,
  platformName: options.platformName,
  mqtt: { url: options.mqtt.url },
  http: { bodyLimit: options.http.bodyLimit },
  insecure: [...options.insecure],
})
