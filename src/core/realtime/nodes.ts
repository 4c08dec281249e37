import { randomUUID } from 'node:crypto'
import { merge, type Room, roomBeside } from '../devices/merge.ts'
import type { GatewayView } from '../devices/records.ts'
import type { Registry } from '../devices/registry.ts'
import type { DeviceState, Heard, Telemetry } from '../devices/telemetry.ts'
import { DjiCloudError } from '../errors.ts'
import type { CloudEmitter } from '../events.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { EndReason } from '../ports/sessions.ts'
import type { Push } from './hub.ts'
import { createMirror, type Mirror } from './mirror.ts'
import { createQuestions, type Questions } from './questions.ts'
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
  readonly others: Pick<Mirror, 'get' | 'gatewayOf' | 'list' | 'access'>
  /** The names of the other nodes. */
  alive(): Iterable<string>
  start(): Promise<void>
  /** To be called about every second. */
  beat(): void
  sessionEnded(sessionId: string, reason: EndReason): void
  /** To the sockets of this workspace at the other nodes. */
  push(workspaceId: string, push: Push): void
  /** Its workspace has given this device up. */
  unbound(serial: string, workspaceId: string): void
  ask: Questions['ask']
  stop(): Promise<void>
}

export interface NodesParts {
  readonly bus: Bus
  readonly registry: Pick<Registry, 'get' | 'list' | 'handOver'>
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
  /** Nodes have come or gone. */
  readonly onMembers?: () => void
}

/**
 * The other nodes of the app. Each node owns the gateways that are connected to it: it alone answers them and emits the
 * host's events. The others know them from what it tells, show them, and push the same to their own sockets.
 */
export function createNodes(parts: NodesParts): Nodes {
  const { bus, registry, telemetry, emitter, clock, logger } = parts
  const id = randomUUID()
  const mirror = createMirror()
  const alive = new Map<string, number>()
  /** Devices of lost nodes that this one has told as offline. */
  const buried = new Set<string>()
  let outgoing = new Map<string, { readonly report: Heard; readonly room: Room }>()
  let adopting = false
  let stopped = false
  let troubled = false

  function send(message: NodeMessage): void {
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
    send({ kind: 'news', news, view: registry.get(news.gateway) })
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

  /** What is here and also there is there: the newest connection counts, as with MQTT itself. */
  function yieldTo(view: GatewayView): void {
    if (!view.online) return
    // Taken for an aircraft here, if it is no gateway here.
    const isHere = registry.get(view.serial) !== null
    registry.handOver(view.serial)
    if (isHere) parts.onMoved(view.serial)
    for (const { serial, online } of view.aircraft) if (online) registry.handOver(serial)
  }

  function takeNews(node: string, news: TopologyNews, view: GatewayView | null): void {
    if (news.name === 'gateway.online') telemetry.renew(news.gateway)
    if (news.name === 'aircraft.online' && news.aircraft !== undefined) telemetry.renew(news.aircraft)
    const standing = mirror.get(news.gateway)
    if (view !== null) {
      yieldTo(view)
      mirror.set(node, view)
    } else if (standing !== null) mirror.delete(news.gateway)
    parts.push(news)
  }

  /** All that another node has: what differs from what we knew is pushed, as if it had been told one by one. */
  function takeViews(node: string, views: readonly GatewayView[]): void {
    const before = onlineOf(mirror.of(node))
    mirror.clear(node)
    // Heard late: what is connected here since is not given up for it.
    const theirs = views.filter(({ serial }) => registry.get(serial)?.connected !== true)
    for (const view of theirs) mirror.set(node, view)
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
      mirror.clear(from)
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
    } else if (message.kind === 'news') takeNews(from, message.news, message.view)
    else if (message.kind === 'osd') adopt(message.reports)
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
        if (isOurs(report)) continue
        if (isOnlineThere(report)) telemetry.osd(report)
        else telemetry.restore(report)
      }
    })

  /** What is told of a device that is not there, such as by a node that was given up, would show it as a ghost. */
  function isOnlineThere({ gateway, serial }: Heard): boolean {
    const view = mirror.get(gateway)?.view
    const device = serial === gateway ? view : view?.aircraft.find((one) => one.serial === serial)
    return device?.online === true
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
    const leader = [id, ...alive.keys()].sort()[0]
    if (leader !== id) return
    const at = clock.now()
    for (const { serial: gateway, workspaceId, online, aircraft } of mirror.of(node)) {
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
  }

  return {
    id,
    others: mirror,
    alive: () => alive.keys(),
    ask: questions.ask,
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
      for (const [node, at] of alive) {
        if (now - at <= LOST_AFTER_MS) continue
        alive.delete(node)
        questions.lost(node)
        bury(node)
        parts.onMembers?.()
      }
    },
    unbound: (serial, workspaceId) => send({ kind: 'unbound', serial, workspaceId }),
    push: (workspaceId, push) => send({ kind: 'push', workspaceId, push }),
    sessionEnded: (sessionId, reason) => send({ kind: 'session', sessionId, reason }),
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
