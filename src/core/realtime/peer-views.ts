import type { AircraftView, GatewayView } from '../devices/records.ts'
import type { Registry } from '../devices/registry.ts'
import type { Reservations } from '../devices/reservations.ts'
import { isSameUser } from '../devices/reservations.ts'
import type { Telemetry } from '../devices/telemetry.ts'
import type { CloudEmitter } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { TopologyNews } from './announcer.ts'
import { createArbiter } from './arbiter.ts'
import type { About, LostNodes } from './lost-nodes.ts'
import type { Mirror } from './mirror.ts'
import type { NodeMessage } from './wire.ts'

/**
 * Takes over the views of other nodes: into the mirror and the reservations, and as pushes to the sockets of this node.
 */
export interface PeerViews {
  /** Takes over a view, without the devices that this node has. */
  takeView(node: string, view: GatewayView): GatewayView | null
  takeNews(node: string, message: Extract<NodeMessage, { kind: 'news' }>): void
  /** Takes over all views of another node. Differences are pushed as if they had come one by one. */
  takeViews(node: string, views: readonly GatewayView[]): void
  /** Reserves devices that are in use at another node, because that node may stop. Uses the clock of this node. */
  reserve(view: GatewayView): void
  /**
   * Another node has sent something new about these aircraft. Decides again which gateway of this node may speak for
   * them.
   */
  review(...views: (GatewayView | undefined)[]): void
}

export function createPeerViews(parts: {
  /** The name of this node. */
  readonly id: string
  readonly registry: Pick<Registry, 'get' | 'handOver' | 'gatewayOf' | 'takeUp' | 'review'>
  readonly reservations: Pick<Reservations, 'keep'>
  readonly mirror: Mirror
  readonly lost: Pick<LostNodes, 'resurrect'>
  readonly telemetry: Pick<Telemetry, 'renew'>
  readonly emitter: Pick<CloudEmitter, 'emit'>
  readonly clock: Clock
  readonly push: (news: TopologyNews) => void
  readonly onMoved: (gateway: string) => void
  /** A gateway of this node has changed. */
  readonly changed: (gateway: string) => void
}): PeerViews {
  const { id, registry, reservations, mirror, lost, telemetry, emitter, clock } = parts

  function reserve(view: GatewayView): void {
    const { serial: gateway, userId, sessionId, workspaceId } = view
    if (!view.connected) return
    const who = { userId, sessionId, workspaceId, gateway }
    // A gateway that is offline because of silence may still be connected.
    reservations.keep(gateway, who, view.online ? clock.now() : Math.min(clock.now(), view.lastSeenAt))
    for (const one of view.aircraft) if (one.online) reservations.keep(one.serial, who)
  }

  function takeView(node: string, view: GatewayView): GatewayView | null {
    const before = mirror.get(view.serial)?.view
    if (before !== undefined) reserve(before)
    const settled = createArbiter({
      ...{ registry, onMoved: parts.onMoved },
      keep: (kept) => mirror.set(node, kept),
    }).settle(view)
    const after = mirror.get(view.serial)?.view
    if (after !== undefined) reserve(after)
    review(before, view)
    return settled
  }

  const review = (...views: (GatewayView | undefined)[]): void =>
    registry.review(
      views.flatMap((view) =>
        view === undefined ? [] : [...view.aircraft, ...(view.linked ?? [])].map(({ serial }) => serial),
      ),
    )

  /**
   * A gateway of another node has gone offline, and its aircraft has moved to a gateway of this node or of a third one.
   */
  function takeGift(
    news: TopologyNews,
    { node, aircraft }: { readonly node: string; readonly aircraft: AircraftView },
  ): void {
    const { gateway, workspaceId } = news
    const taken = node === id && registry.takeUp(gateway, aircraft)
    if (node !== id) mirror.move(aircraft, gateway)
    registry.review([aircraft.serial])
    parts.push(news)
    if (taken) parts.changed(gateway)
    // If the new gateway went offline at the same moment, the aircraft is offline too.
    else if (node === id)
      emitter.emit('aircraft.offline', {
        ...{ workspaceId, gateway, at: clock.now(), aircraft: aircraft.serial },
        ...{ model: aircraft.model, reason: 'connection_lost' },
      })
  }

  const tell = (state: 'online' | 'offline', about: About): void =>
    parts.push({
      ...about,
      name: `${about.aircraft === undefined ? 'gateway' : 'aircraft'}.${state}`,
    })

  return {
    takeView,
    reserve,
    review,

    takeNews(node, { news, view, given }) {
      if (news.name === 'gateway.online') telemetry.renew(news.gateway)
      if (news.name === 'aircraft.online' && news.aircraft !== undefined) telemetry.renew(news.aircraft)
      if (news.name === 'aircraft.moved' && news.aircraft !== undefined) mirror.release(news.aircraft)
      if (given !== undefined) {
        takeGift(news, given)
        return
      }
      if (view !== null) takeView(node, view)
      else {
        const gone = mirror.get(news.gateway)?.view
        if (gone !== undefined) reserve(gone)
        mirror.delete(news.gateway)
        review(gone)
      }
      parts.push(news)
    },

    takeViews(node, views) {
      const known = mirror.of(node)
      const before = onlineOf(known)
      known.forEach(reserve)
      mirror.clear(node)
      // The message may be old. A gateway that has connected to this node since then stays here, unless another user
      // was first.
      const theirs = views.flatMap((view) => {
        const here = registry.get(view.serial)
        const isOurs =
          here?.connected === true && (isSameUser(here.userId, view.userId) || !isEarlier(view, here))
        return isOurs ? [] : (takeView(node, view) ?? [])
      })
      review(...known)
      const now = onlineOf(theirs)
      for (const [serial, about] of now)
        if (!before.has(serial) && !lost.resurrect(serial, theirs, about)) tell('online', about)
      for (const [serial, about] of before) if (!now.has(serial)) tell('offline', about)
    },
  }
}

/** Every device that is online in these views. */
const onlineOf = (views: readonly GatewayView[]): ReadonlyMap<string, About> =>
  new Map(
    views.flatMap(({ serial: gateway, workspaceId, online, aircraft }): [string, About][] => [
      ...(online ? [[gateway, { workspaceId, gateway }] as [string, About]] : []),
      ...aircraft.flatMap((one): [string, About][] =>
        one.online ? [[one.serial, { workspaceId, gateway, aircraft: one.serial }]] : [],
      ),
    ]),
  )

const isEarlier = (there: GatewayView, here: GatewayView): boolean =>
  there.online && (there.onlineSince ?? Infinity) < here.onlineSince
