import { isLimit } from '../devices/holdings.ts'
import type { CloudEmitter } from '../events.ts'
import type { InboundMessage } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import type { Session } from '../ports/sessions.ts'
import { isTopology, parseEnvelope } from './messages.ts'
import { parseProductTopic } from './topics.ts'

/** How long a topology waits for its owner. Milliseconds. */
const WAIT_MS = 120_000
/** How long the list of sessions is kept. Without this, each unknown controller would cost a query. Milliseconds. */
const TRUST_MS = 1_000
/** Topologies that may wait, and the bytes of each: 16 MiB at most. */
const MAX_WAITING = 1_000
const MAX_BYTES = 16 * 1024

export interface Unclaimed {
  /**
   * Takes a message of a controller that no workspace owns.
   * @returns true: it is a topology, and will be answered when the workspace of the controller is known
   */
  take(message: InboundMessage): boolean
  /** Tries again, because another node may know the workspace. Forgets topologies that have waited too long. */
  beat(): Promise<void>
}

interface Waiting {
  message: InboundMessage
  until: number
  /**
   * Pilots of several workspaces were logged in, so only a binding can say which workspace the controller belongs to.
   */
  isAmbiguous: boolean
  told: boolean
}

/**
 * The workspace of a controller that no workspace owns yet, found from the sessions. Null: the sessions are of several
 * workspaces, or there are none.
 */
export function onlyWorkspace(sessions: readonly Pick<Session, 'role' | 'workspaceId' | 'userId'>[]): {
  readonly workspaceId: string | null
  /** Empty: there are several. */
  readonly userId: string
  readonly isAmbiguous: boolean
} {
  const pilots = sessions.filter(({ role }) => role === 'pilot')
  const ids = new Set(pilots.map(({ workspaceId }) => workspaceId))
  const users = new Set(pilots.map(({ userId }) => userId))
  const [first = null] = ids
  const [user = ''] = users
  const isClear = ids.size === 1
  return {
    workspaceId: isClear ? first : null,
    userId: isClear && users.size === 1 ? user : '',
    isAmbiguous: ids.size > 1,
  }
}

/**
 * If the broker has one account for all controllers, a connection does not show which pilot uses it. A page that only
 * passes on the answer of the login never names its controller. Then the topology comes from an unknown controller, and
 * without an answer that controller sends no OSD (facts D3). If all pilots who are logged in are in one workspace, that
 * workspace gets the controller. Otherwise the topology waits for a binding.
 */
export function createUnclaimed(parts: {
  readonly sessions: () => Promise<readonly Pick<Session, 'role' | 'workspaceId' | 'userId'>[]>
  readonly devices: Pick<DeviceStore, 'claim' | 'holder'>
  /** Handles the message like a new one. */
  readonly redeliver: (message: InboundMessage) => void
  readonly on: CloudEmitter['on']
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly logger: Logger
}): Unclaimed {
  const { devices, redeliver, on, emit, clock, logger } = parts
  const waiting = new Map<string, Waiting>()
  let asked: { readonly at: number; readonly answer: ReturnType<typeof parts.sessions> } | null = null

  function loggedIn(): ReturnType<typeof parts.sessions> {
    if (asked === null || clock.now() - asked.at > TRUST_MS)
      asked = { at: clock.now(), answer: parts.sessions() }
    return asked.answer
  }

  function release(gateway: string): void {
    const entry = waiting.get(gateway)
    if (entry !== undefined && waiting.delete(gateway)) redeliver(entry.message)
  }

  async function conclude(gateway: string, entry: Waiting): Promise<void> {
    if (entry.isAmbiguous) return
    const { workspaceId, userId, isAmbiguous } = onlyWorkspace(await loggedIn())
    entry.isAmbiguous = isAmbiguous
    if (workspaceId !== null) {
      const holder = await devices.claim(gateway, workspaceId, userId)
      if (waiting.get(gateway) !== entry) return
      // Meanwhile another workspace may have claimed the device, or it is an aircraft. If the message were delivered
      // again, it would come back here.
      const isItsGateway = holder === workspaceId && (await devices.holder(gateway)) === workspaceId
      if (!isItsGateway) return void waiting.delete(gateway)
      logger.info(
        { gateway, workspaceId },
        'A controller that no workspace owned was given to the only workspace whose pilots are logged in.',
      )
      release(gateway)
    } else if (!entry.told && waiting.get(gateway) === entry) {
      entry.told = true
      tell(gateway, isAmbiguous)
    }
  }

  function tell(gateway: string, isAmbiguous: boolean): void {
    const waitsFor = isAmbiguous ? 'binding' : 'login'
    const hint = isAmbiguous
      ? `Pilots of several workspaces are logged in: bind ${gateway} in the right one (POST .../devices/${gateway}/binding), or let the page ask for its MQTT credentials.`
      : `No pilot is logged in: log in on ${gateway}. Its message waits ${WAIT_MS / 1000} s for this, and is then answered at once.`
    logger.warn(
      { gateway, waitsFor, hint },
      'A controller waits for an answer, because the workspace that it belongs to is not known. See `hint`.',
    )
    emit('gateway.unclaimed', { gateway, waitsFor, hint, at: clock.now() })
  }

  const look = (gateway: string, entry: Waiting): Promise<void> =>
    conclude(gateway, entry).catch((error: unknown) => {
      if (isLimit(error)) waiting.delete(gateway)
      logger.warn(
        { err: error, gateway },
        'A store did not answer, so the workspace of a controller is not known yet. The platform asks again in a few seconds. Check the stores.',
      )
    })

  on('device.bound', ({ serial }) => release(serial))
  on('login.succeeded', () => {
    asked = null
    for (const [gateway, entry] of waiting) void look(gateway, entry)
  })

  return {
    take(message) {
      const gateway = topologyOf(message)
      if (gateway === null) return false
      const known = waiting.get(gateway)
      if (known === undefined && waiting.size >= MAX_WAITING) return false
      // A copy: the payload may be a piece of a larger buffer.
      const kept = { ...message, payload: Uint8Array.from(message.payload) }
      const until = clock.now() + WAIT_MS
      const entry = known ?? { message: kept, until, isAmbiguous: false, told: false }
      Object.assign(entry, { message: kept, until })
      waiting.set(gateway, entry)
      void look(gateway, entry)
      return true
    },
    async beat() {
      const now = clock.now()
      for (const [gateway, entry] of [...waiting]) {
        if (entry.until <= now) waiting.delete(gateway)
        else if ((await devices.holder(gateway)) !== null) release(gateway)
        else await look(gateway, entry)
      }
    },
  }
}

/** The controller that sent this topology. Null: it is not a topology, or is too long to be kept. */
function topologyOf({ topic, payload }: InboundMessage): string | null {
  const parsed = parseProductTopic(topic)
  if (parsed?.suffix !== 'status' || payload.length > MAX_BYTES) return null
  const envelope = parseEnvelope(payload)
  return envelope.ok && isTopology(envelope.value) ? parsed.serial : null
}
