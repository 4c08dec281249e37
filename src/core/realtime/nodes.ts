import { randomUUID } from 'node:crypto'
import { DjiCloudError } from '../errors.ts'
import { isSilence } from '../health/lateness.ts'
import { onTopologyNews } from './announcer.ts'
import { createLostNodes } from './lost-nodes.ts'
import { missing, tellMissing } from './missing.ts'
import { createNodeReports } from './node-reports.ts'
import { createNodeSender } from './node-sender.ts'
import type { Nodes, NodesParts } from './nodes-contract.ts'
import { createPeerViews } from './peer-views.ts'
import { createQuestions } from './questions.ts'
import { createQuiet } from './quiet.ts'
import { createResting } from './resting.ts'
import { type NodeMessage, openParcel } from './wire.ts'

export type { Nodes, NodesParts } from './nodes-contract.ts'

/** Every node sends a beat each second. A node without a beat in this time is lost. Milliseconds. */
const LOST_AFTER_MS = 10_000
/** The name for all nodes that ran before this one. */
const EARLIER = 'earlier'

/**
 * The other nodes of the app. Each node owns the gateways that are connected to it: only this node answers them and
 * emits their events. The other nodes show them as this node reports them, and push the same to their own sockets.
 */
export function createNodes(parts: NodesParts): Nodes {
  const { bus, mirror, registry, reservations, telemetry, emitter, clock, logger, graceMs = 0 } = parts
  const { missedSince = () => 0 } = parts
  const id = randomUUID()
  const alive = new Map<string, number>()
  const quiet = createQuiet()
  const sender = createNodeSender({ id, bus, logger })
  const { send } = sender
  let stopped = false

  const questions = createQuestions({ id, send, answer: parts.answer })
  const lost = createLostNodes({ mirror, emitter, clock, quiet })
  const peers = createPeerViews({
    ...{ id, registry, reservations, mirror, lost, telemetry, emitter, clock, changed },
    ...{ push: parts.push, onMoved: parts.onMoved },
  })
  const { reserve, review } = peers

  const reports = createNodeReports({
    ...{ registry, mirror, telemetry, quiet, send },
    hasPeers: () => alive.size > 0,
  })
  const resting = createResting({
    ...{ self: id, alive: () => alive.keys(), now: () => clock.now(), graceMs },
    tell(node, views) {
      tellMissing(missing({ node, views, registry, mirror }), {
        mirror,
        emitter,
        quietly: quiet.quietly,
        at: clock.now(),
      })
      review(...views)
    },
  })

  const stopNews = onTopologyNews(emitter.on, (news) => {
    if (quiet.on()) return
    // The gateway is here now, so what was kept of it for a stopped node is deleted.
    if (news.name === 'gateway.online') mirror.delete(news.gateway)
    if (news.name.endsWith('.offline')) reports.flush(news.aircraft ?? news.gateway)
    const view = registry.get(news.gateway)
    const there = view === null && news.name === 'aircraft.moved' ? mirror.get(news.gateway) : null
    const aircraft = there?.view.aircraft.find(({ serial }) => serial === news.aircraft)
    if (there !== null && aircraft !== undefined)
      send({ kind: 'news', news, view, given: { node: there.node, aircraft } })
    else send({ kind: 'news', news, view })
    if (news.from !== undefined) changed(news.from)
  })

  function heardOf(node: string): void {
    const isNew = !alive.has(node)
    alive.set(node, clock.now())
    if (!isNew) return
    resting.cancel(node)
    send({ kind: 'hello' })
    parts.signals.emit('members')
  }

  function changed(gateway: string): void {
    const view = registry.get(gateway)
    if (view !== null && alive.size > 0) send({ kind: 'view', view })
  }

  function takeBye(from: string, rests: boolean): void {
    alive.delete(from)
    questions.lost(from)
    const gone = mirror.of(from)
    gone.forEach(reserve)
    if (rests && graceMs > 0) resting.begin(from, gone)
    else mirror.clear(from)
    review(...gone)
    parts.signals.emit('members')
  }

  function take(from: string, message: NodeMessage): void {
    if (message.kind === 'bye') {
      takeBye(from, message.rests === true)
      return
    }
    heardOf(from)
    if (message.kind === 'hello') send({ kind: 'views', views: registry.list(), states: reports.states() })
    else if (message.kind === 'views') {
      peers.takeViews(from, message.views)
      reports.adopt(message.states)
    } else if (message.kind === 'news') peers.takeNews(from, message)
    else if (message.kind === 'view') peers.takeView(from, message.view)
    else if (message.kind === 'freed') {
      for (const serial of message.serials) reservations.free(serial, null)
      registry.review(message.serials)
    } else if (message.kind === 'osd') reports.adopt(message.reports)
    else if (message.kind === 'renamed') parts.onRenamed(message.serial, message.nickname)
    else if (message.kind === 'unbound') parts.onUnbound(message.serial, message.workspaceId)
    else if (message.kind === 'push') parts.onPush(message.workspaceId, message.push)
    else if (message.kind === 'session')
      void parts.sessionEnd.run({ sessionId: message.sessionId, reason: message.reason, endedHere: false })
    else if (message.kind === 'ask' || message.kind === 'answer') questions.take(from, message)
  }

  /**
   * A node has sent nothing for too long: it was killed, or its network is cut. One of the other nodes reports its
   * devices as offline, so that hosts get each event once. Devices that are back at another node by then are not
   * reported.
   */
  function giveUp(node: string, lastHeardAt: number): void {
    const had = mirror.of(node)
    had.forEach(reserve)
    resting.begin(node, had, {
      at: lastHeardAt + Math.max(LOST_AFTER_MS, graceMs),
      tell() {
        const gone = mirror.of(node)
        lost.bury(gone)
        review(...gone)
      },
    })
  }

  return {
    id,
    expect(views) {
      for (const view of views) if (registry.get(view.serial) === null) mirror.set(EARLIER, view)
      return () => resting.begin(EARLIER, mirror.of(EARLIER))
    },
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
          logger.error(
            { err: error, kind: parcel.message.kind },
            'A message of another node was not handled. If the nodes run different versions, finish the update. Otherwise see the error.',
          )
        }
      })
      await listening.catch((cause: unknown) => {
        throw new DjiCloudError('STORE_UNAVAILABLE', {
          message:
            'The platform cannot reach its bus. Check that the bus runs, and that its address is right.',
          cause,
        })
      })
      send({ kind: 'hello' })
    },
    beat() {
      send({ kind: 'beat' })
      const now = clock.now()
      mirror.list().forEach(reserve)
      for (const [node, at] of alive) {
        if (!isSilence(now - at, LOST_AFTER_MS, () => missedSince(at))) continue
        alive.delete(node)
        questions.lost(node)
        giveUp(node, at)
        parts.signals.emit('members')
      }
      resting.beat()
    },
    freed(serials) {
      if (alive.size === 0) return
      // The view of its gateway comes first. If the gateway still counted as connected at the other node, it would be
      // reserved again.
      for (const serial of serials) if (registry.get(serial)?.online === true) changed(serial)
      send({ kind: 'freed', serials })
    },
    renamed: (serial, nickname) => send({ kind: 'renamed', serial, nickname }),
    unbound: (serial, workspaceId) => send({ kind: 'unbound', serial, workspaceId }),
    push: (workspaceId, push) => send({ kind: 'push', workspaceId, push }),
    sessionEnded: (sessionId, reason) => send({ kind: 'session', sessionId, reason }),
    leave() {
      const rests = graceMs > 0 && alive.size > 0
      if (rests) {
        send({ kind: 'bye', rests })
        sender.leave()
      }
      return rests
    },
    async stop() {
      if (stopped) return
      send({ kind: 'bye' })
      stopped = true
      sender.stop()
      reports.stop()
      stopNews()
      questions.close()
      await bus.close?.()
    },
  }
}
