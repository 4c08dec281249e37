/** The state of a plugin, for `cloud.health()`. */
export interface PluginHealth {
  readonly status: 'up' | 'degraded' | 'down'
  /** For administrators. Contains no secret. */
  readonly detail?: string | undefined
}
