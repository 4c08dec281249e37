import type { Part } from '../health/vitals.ts'
import type { PluginHealth } from './plugin-health.ts'

/** The connections that plugins have opened, with their state. It is the health of a plugin that reports none itself. */
export function createConnections() {
  const opened = new Map<string, Part[]>()

  function healthOf(parts: readonly Part[]): PluginHealth {
    const down = parts.map((part) => part.view()).find(({ status }) => status === 'down')
    if (down === undefined) return { status: 'up' }
    return { status: 'down', ...(down.detail === undefined ? {} : { detail: down.detail }) }
  }

  return {
    add(id: string, part: Part): void {
      opened.set(id, [...(opened.get(id) ?? []), part])
    },
    health: (): Readonly<Record<string, PluginHealth>> =>
      Object.fromEntries([...opened].map(([id, parts]) => [id, healthOf(parts)])),
  }
}
