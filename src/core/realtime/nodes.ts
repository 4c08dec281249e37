import { randomUUID } from 'node:crypto'
import { isSameUser } from '../devices/holding.ts'
import { merge, type Room, roomBeside } from '../devices/merge.ts'
import type { AircraftView, GatewayView } from '../devices/records.ts'
import type { Registry } from '../devices/registry.ts'
import type { Reservations } from '../devices/reservations.ts'
import type { DeviceState, Heard, Telemetry } from '../devices/telemetry.ts'
import { DjiCloudError } from '../errors.ts'
import type { CloudEmitter } from '../events.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { EndReason } from '../ports/sessions.ts'
import { createArbiter } from './arbiter.ts'
import type { Push } from './hub.ts'
import { createMirror, type Mirror } from './mirror.ts'
import { missing, tellMissing } from './missing.ts'
import { createQuestions, type Questions } from './questions.ts'
import { createResting } from './resting.ts'
import { onTopologyNews, type TopologyNews } from './topology.ts'
import { type NodeMessage, openParcel, type Question } from './wire.ts'

/** Beats come with every heartbeat of the platform; a node that misses these many milliseconds of them is gone. */
const LOST_AFTER_MS = 10_000
/** Reports of other nodes are this much older, at most. */
const REPORTS_EVERY_MS = 100

interface About {
  readonly workspaceId: string
  readonly gateway: string
  readonly aircraft?: string
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

const asHeard = ({ workspaceId, gateway, serial, at, osd }: DeviceState): Heard => ({
  ...{ workspaceId, gateway, serial, at },
  data: osd,
})

/** With the names of what came by `state`, which browsers are not told. */
function labelled(report: Heard, telemetry: Pick<Telemetry, 'propertiesIn'>): Heard {
  const properties = telemetry.propertiesIn(report.serial, report.data)
  return properties.length === 0 ? report : { ...report, properties }
}

export interface Nodes {
  readonly id: string
  readonly others: Pick<
    Mirror,
    'get' | 'gatewayOf' | 'list' | 'access' | 'silent' | 'holderOf' | 'linkedTo' | 'namedBy' | 'move'
  >
  /** The names of the other nodes. */
  alive(): Iterable<string>
  start(): Promise<void>
  /** What a gateway here names, or may speak for, has changed. */
  changed(gateway: string): void
  /** These wait for nobody any more. */
  freed(serials: readonly string[]): void
  /** To be called about every second. */
  beat(): void
  sessionEnded(sessionId: string, reason: EndReason): void
  /** To the sockets of this workspace at the other nodes. */
  push(workspaceId: string, push: Push): void
  /** Its workspace has given this device up. */
  unbound(serial: string, workspaceId: string): void
  ask: Questions['ask']
  /**
   * This node stops. With others there, its gateways are left to them, and nothing is told of them here any more.
   * @returns whether there are others
   */
  leave(): boolean
  stop(): Promise<void>
}

export interface NodesParts {
  readonly bus: Bus
  readonly registry: Pick<Registry, 'get' | 'list' | 'handOver' | 'gatewayOf' | 'takeUp' | 'review'>
  readonly reservations: Pick<Reservations, 'keep' | 'free'>
  readonly telemetry: Telemetry
  /** Tells the sockets of this node. */
  readonly push: (news: TopologyNews) => void
  readonly emitter: CloudEmitter
  readonly clock: Clock
  readonly logger: Logger
  /** Another node asks something of a gateway that is here. */
  readonly answer: (question: Question) => Promise<unknown>
  /** A device was unbound on another node. */
  readonly onUnbound: (serial: string, workspaceId: string) => void
  /** A plugin at another node tells the sockets of a workspace something. */
  readonly onPush: (workspaceId: string, push: Push) => void
  /** A session ended on another node. */
  readonly onSessionEnd: (sessionId: string, reason: EndReason) => void
  /** A gateway has moved to another node: its connection here is a dead one. */
  readonly onMoved: (gateway: string) => void
  /** How long a gateway of a node that stops may take to come back. Milliseconds. Default: 0. */
  readonly graceMs?: number
  /** Nodes have come or gone. */
  readonly onMembers?: () => void
}

/**
 * The other nodes of the app. Each node owns the gateways that are connected to it: it alone answers them and emits the
 * host's events. The others know them from what it tells, show them, and push the same to their own sockets.
 */
export function createNodes(parts: NodesParts): Nodes {
  const { bus, registry, reservations, telemetry, emitter, clock, logger, graceMs = 0 } = parts
  const id = randomUUID()
  const mirror = createMirror(() => clock.now())
  const alive = new Map<string, number>()
  /** Devices of lost nodes that this one has told as offline. */
  const buried = new Set<string>()
  let outgoing = new Map<string, { readonly report: Heard; readonly room: Room }>()
  let adopting = false
  let stopped = false
  let left = false
  let troubled = false

  function send(message: NodeMessage): void {
    // After its goodbye it would be taken for one that has come.
    if (left) return
    bus.publish(JSON.stringify({ v: 1, from: id, message })).then(
      () => {
        // What was said meanwhile was lost, on both sides.
        const back = troubled
        troubled = false
        if (back) send({ kind: 'hello' })
      },
      (error: unknown) => {
        // Once, not for each of thousands of reports.
        if (!troubled && !stopped) logger.error({ err: error }, 'other nodes not reached')
        troubled = true
      },
    )
  }

  const questions = createQuestions({ id, send, answer: parts.answer })

  const stopNews = onTopologyNews(emitter.on, (news) => {
    if (adopting) return
    // Its last reports go ahead of its going: after that nothing is told of it.
    const last = outgoing.get(news.aircraft ?? news.gateway)
    if (news.name.endsWith('.offline') && last !== undefined) {
      outgoing.delete(last.report.serial)
      if (alive.size > 0) send({ kind: 'osd', reports: [labelled(last.report, telemetry)] })
    }
    const view = registry.get(news.gateway)
    const there = view === null && news.name === 'aircraft.moved' ? mirror.get(news.gateway) : null
    const aircraft = there?.view.aircraft.find(({ serial }) => serial === news.aircraft)
    if (there !== null && aircraft !== undefined)
      send({ kind: 'news', news, view, given: { node: there.node, aircraft } })
    else send({ kind: 'news', news, view })
    if (news.from !== undefined) changed(news.from)
  })
  const stopReports = telemetry.listen(({ workspaceId, gateway, serial, at }, data) => {
    if (adopting) return
    const before = outgoing.get(serial)
    const room = before?.room ?? roomBeside(0)
    const report = { workspaceId, gateway, serial, at, data: merge(before?.report.data ?? {}, data, room) }
    outgoing.set(serial, { report, room })
  })
  const reports = setInterval(() => {
    if (outgoing.size === 0) return
    // Nobody listens: nothing is sent.
    if (alive.size > 0) {
      const reports = [...outgoing.values()].map(({ report }) => labelled(report, telemetry))
      send({ kind: 'osd', reports })
    }
    outgoing = new Map()
  }, REPORTS_EVERY_MS)
  reports.unref()

  function heardOf(node: string): void {
    const isNew = !alive.has(node)
    alive.set(node, clock.now())
    if (!isNew) return
    send({ kind: 'hello' })
    parts.onMembers?.()
  }

  function changed(gateway: string): void {
    const view = registry.get(gateway)
    if (view !== null && alive.size > 0) send({ kind: 'view', view })
  }

  /**
   * What is live at another node waits for its user here too, since that node may stop. By this node's clock.
   */
  function reserve(view: GatewayView): void {
    const { serial: gateway, userId, sessionId, workspaceId } = view
    if (!view.connected) return
    const who = { userId, sessionId, workspaceId, gateway }
    // Put out for its silence, it is connected all the same.
    reservations.keep(gateway, who, view.online ? clock.now() : Math.min(clock.now(), view.lastSeenAt))
    for (const one of view.aircraft) if (one.online) reservations.keep(one.serial, who)
  }

  /** Takes over a view of another node, as far as what it shows is not here. */
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

  /** What is told of their aircraft has changed: who here may speak for them is decided again. */
  const review = (...views: (GatewayView | undefined)[]): void =>
    registry.review(
      views.flatMap((view) =>
        view === undefined ? [] : [...view.aircraft, ...(view.linked ?? [])].map(({ serial }) => serial),
      ),
    )

  function takeNews(node: string, { news, view, given }: Extract<NodeMessage, { kind: 'news' }>): void {
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
  }

  /** Another node's gateway has gone, and left its aircraft to one of this node or of a third. */
  function takeGift(
    news: TopologyNews,
    { node, aircraft }: { readonly node: string; readonly aircraft: AircraftView },
  ): void {
    const { gateway, workspaceId } = news
    const taken = node === id && registry.takeUp(gateway, aircraft)
    if (node !== id) mirror.move(aircraft, gateway)
    registry.review([aircraft.serial])
    parts.push(news)
    if (taken) changed(gateway)
    // Its new gateway has gone as well, in the same moment: then the aircraft has.
    else if (node === id)
      emitter.emit('aircraft.offline', {
        ...{ workspaceId, gateway, at: clock.now(), aircraft: aircraft.serial },
        ...{ model: aircraft.model, reason: 'connection_lost' },
      })
  }

  /** All that another node has: what differs from what we knew is pushed, as if it had been told one by one. */
  function takeViews(node: string, views: readonly GatewayView[]): void {
    const known = mirror.of(node)
    const before = onlineOf(known)
    known.forEach(reserve)
    mirror.clear(node)
    // Heard late: what is connected here since is not given up for it, unless another user was there first.
    const theirs = views.flatMap((view) => {
      const here = registry.get(view.serial)
      const isOurs =
        here?.connected === true && (isSameUser(here.userId, view.userId) || !isEarlier(view, here))
      return isOurs ? [] : (takeView(node, view) ?? [])
    })
    review(...known)
    const now = onlineOf(theirs)
    for (const [serial, about] of now) {
      if (before.has(serial)) continue
      if (buried.delete(serial)) resurrect(theirs, about)
      else tell('online', about)
    }
    for (const [serial, about] of before) if (!now.has(serial)) tell('offline', about)
  }

  const tell = (state: 'online' | 'offline', about: About): void =>
    parts.push({
      ...about,
      name: `${about.aircraft === undefined ? 'gateway' : 'aircraft'}.${state}`,
    })

  /** It was told as lost from here, so it is told from here that it is not. */
  function resurrect(views: readonly GatewayView[], { workspaceId, gateway, aircraft }: About): void {
    const view = views.find(({ serial }) => serial === gateway)
    const model = view?.aircraft.find(({ serial }) => serial === aircraft)?.model
    const about = { workspaceId, gateway, at: clock.now() }
    quietly(() => {
      if (aircraft === undefined)
        emitter.emit('gateway.online', {
          ...about,
          model: view?.model ?? null,
          sessionId: view?.sessionId ?? '',
        })
      else if (model !== undefined) emitter.emit('aircraft.online', { ...about, aircraft, model })
    })
  }

  function take(from: string, message: NodeMessage): void {
    if (message.kind === 'bye') {
      alive.delete(from)
      questions.lost(from)
      const gone = mirror.of(from)
      gone.forEach(reserve)
      if (message.rests === true && graceMs > 0) resting.begin(from, gone)
      else mirror.clear(from)
      review(...gone)
      parts.onMembers?.()
      return
    }
    heardOf(from)
    if (message.kind === 'hello')
      send({
        kind: 'views',
        views: registry.list(),
        states: telemetry
          .list()
          .filter(isOurs)
          .map((state) => labelled(asHeard(state), telemetry)),
      })
    else if (message.kind === 'views') {
      takeViews(from, message.views)
      adopt(message.states)
    } else if (message.kind === 'news') takeNews(from, message)
    else if (message.kind === 'view') takeView(from, message.view)
    else if (message.kind === 'freed') {
      for (const serial of message.serials) reservations.free(serial, null)
      registry.review(message.serials)
    } else if (message.kind === 'osd') adopt(message.reports)
    else if (message.kind === 'unbound') parts.onUnbound(message.serial, message.workspaceId)
    else if (message.kind === 'push') parts.onPush(message.workspaceId, message.push)
    else if (message.kind === 'session') parts.onSessionEnd(message.sessionId, message.reason)
    else if (message.kind === 'ask' || message.kind === 'answer') questions.take(from, message)
  }

  const isOurs = ({ gateway }: { readonly gateway: string }): boolean =>
    registry.get(gateway)?.online === true

  const adopt = (heard: readonly Heard[]): void =>
    quietly(() => {
      for (const report of heard) {
        mirror.heard(report.gateway, report.serial)
        if (isOurs(report)) continue
        if (isOnlineThere(report)) telemetry.osd(report)
        else telemetry.restore(report)
      }
    })

  /** What is told of a device that is not there, such as by a node that was given up, would show it as a ghost. */
  function isOnlineThere({ gateway, serial }: Heard): boolean {
    const view = mirror.get(gateway)?.view
    if (serial === gateway) return view?.online === true
    if (view?.linked.some((one) => one.serial === serial) !== true)
      return view?.aircraft.find((one) => one.serial === serial)?.online === true
    // Of two controllers this is the one that does not hold it.
    const holder = registry.gatewayOf(serial)
    if (holder === null) return mirror.holderOf(serial)?.online === true
    return registry.get(holder)?.aircraft.find((one) => one.serial === serial)?.online === true
  }

  /** The other nodes are not told what comes of this: they know. */
  function quietly(work: () => void): void {
    adopting = true
    try {
      work()
    } finally {
      adopting = false
    }
  }

  /** One of the survivors tells, so that hosts hear it once; the others hear it from that one. */
  function bury(node: string): void {
    const lost = mirror.of(node)
    lost.forEach(reserve)
    const leader = [id, ...alive.keys()].sort()[0]
    if (leader !== id) return
    const at = clock.now()
    for (const { serial: gateway, workspaceId, online, aircraft } of lost) {
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
    review(...lost)
  }

  const resting = createResting({
    ...{ self: id, alive: () => alive.keys(), now: () => clock.now(), graceMs },
    tell(node, views) {
      tellMissing(missing({ node, views, registry, mirror }), { mirror, emitter, quietly, at: clock.now() })
      review(...views)
    },
  })

  return {
    id,
    others: mirror,
    alive: () => alive.keys(),
    ask: questions.ask,
    changed,
    async start() {
      const listening = bus.subscribe((text) => {
        const parcel = stopped ? null : openParcel(text)
        if (parcel === null || parcel.from === id) return
        try {
          take(parcel.from, parcel.message)
        } catch (error) {
          logger.error({ err: error, kind: parcel.message.kind }, 'message of another node not dealt with')
        }
      })
      await listening.catch((cause: unknown) => {
        throw new DjiCloudError('STORE_UNAVAILABLE', { message: 'The platform cannot reach its bus.', cause })
      })
      send({ kind: 'hello' })
    },
    beat() {
      send({ kind: 'beat' })
      const now = clock.now()
      mirror.list().forEach(reserve)
      for (const [node, at] of alive) {
        if (now - at <= LOST_AFTER_MS) continue
        alive.delete(node)
        questions.lost(node)
        bury(node)
        parts.onMembers?.()
      }
      resting.beat()
    },
    freed(serials) {
      if (alive.size === 0) return
      // First how its gateway is: one that still counts as connected there would be reserved again.
      for (const serial of serials) if (registry.get(serial)?.online === true) changed(serial)
      send({ kind: 'freed', serials })
    },
    unbound: (serial, workspaceId) => send({ kind: 'unbound', serial, workspaceId }),
    push: (workspaceId, push) => send({ kind: 'push', workspaceId, push }),
    sessionEnded: (sessionId, reason) => send({ kind: 'session', sessionId, reason }),
    leave() {
      const rests = graceMs > 0 && alive.size > 0
      if (rests) {
        send({ kind: 'bye', rests })
        left = true
      }
      return rests
    },
    async stop() {
      if (stopped) return
      send({ kind: 'bye' })
      stopped = true
      clearInterval(reports)
      stopNews()
      stopReports()
      questions.close()
      await bus.close?.()
    },
  }
}
