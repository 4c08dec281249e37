/** How a plugin is, for `cloud.health()`. */
export interface PluginHealth {
  readonly status: 'up' | 'degraded' | 'down'
  /** For operators; holds no secret. */
  readonly detail?: string | undefined
}
