import type { GatewayView } from '../devices/records.ts'
import type { CloudEmitter } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Mirror } from './mirror.ts'
import type { Quiet } from './quiet.ts'

export interface About {
  readonly workspaceId: string
  readonly gateway: string
  readonly aircraft?: string
}

/** Devices of nodes that were lost. They are reported as offline, and as online again if their node comes back. */
export interface LostNodes {
  /** Reports every device in these views as offline. */
  bury(views: readonly GatewayView[]): void
  /** @returns true: this node had reported the device as offline, and reports it as online again */
  resurrect(serial: string, views: readonly GatewayView[], about: About): boolean
}

export function createLostNodes(parts: {
  readonly mirror: Pick<Mirror, 'delete'>
  readonly emitter: Pick<CloudEmitter, 'emit'>
  readonly clock: Clock
  readonly quiet: Quiet
}): LostNodes {
  const { mirror, emitter, clock, quiet } = parts
  /** Devices of lost nodes that this node has reported as offline. */
  const buried = new Set<string>()

  return {
    bury(views) {
      const at = clock.now()
      for (const { serial: gateway, workspaceId, online, aircraft } of views) {
        mirror.delete(gateway)
        if (online) buried.add(gateway)
        for (const one of aircraft)
          if (one.online && buried.add(one.serial))
            emitter.emit('aircraft.offline', {
              ...{ workspaceId, gateway, at, aircraft: one.serial },
              ...{ model: one.model, reason: 'silence' },
            })
        if (online) emitter.emit('gateway.offline', { workspaceId, gateway, at, reason: 'silence' })
      }
    },

    resurrect(serial, views, { workspaceId, gateway, aircraft }) {
      if (!buried.delete(serial)) return false
      const view = views.find((one) => one.serial === gateway)
      const model = view?.aircraft.find((one) => one.serial === aircraft)?.model
      const about = { workspaceId, gateway, at: clock.now() }
      quiet.quietly(() => {
        if (aircraft === undefined)
          emitter.emit('gateway.online', {
            ...about,
            model: view?.model ?? null,
            sessionId: view?.sessionId ?? '',
          })
        else if (model !== undefined) emitter.emit('aircraft.online', { ...about, aircraft, model })
      })
      return true
    },
  }
}
