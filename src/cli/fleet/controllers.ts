import type { SentReport, VirtualPilot } from '../../testing/types.ts'
import { createVirtualPilot } from '../../testing/virtual-pilot.ts'
import type { Account } from '../account.ts'
import { signOut } from './api.ts'

export interface FleetPlan extends Account {
  readonly url: string
  readonly count: number
  /** Reports per second and device. */
  readonly rate: number
  readonly onReport: (report: SentReport) => void
}

export interface Launched {
  readonly online: readonly VirtualPilot[]
  /** Why the other controllers did not come online, and how many of them. */
  readonly failures: ReadonlyMap<string, number>
  /** Time from the access link to the answered topology, in ms. */
  readonly entries: readonly number[]
  readonly replies: readonly number[]
}

/** Logins at the same time. Each login costs the server a password hash, so more logins would only wait there. */
const AT_ONCE = 8
const digits = (index: number, length: number): string => String(index).padStart(length, '0')

/** Brings the controllers online, a few at a time. They send no reports yet. */
export async function launch(
  plan: FleetPlan,
  onStep: (done: number) => void,
  stopped: () => boolean,
): Promise<Launched> {
  const online: VirtualPilot[] = []
  const failures = new Map<string, number>()
  const entries: number[] = []
  const replies: number[] = []
  let next = 0
  let done = 0

  const one = async (index: number): Promise<void> => {
    const pilot = createVirtualPilot({
      url: plan.url,
      gateway: { serial: `RCFLEET${digits(index, 7)}` },
      aircraft: { serial: `1581FLEET${digits(index, 11)}` },
      knobs: { osdIntervalMs: Math.round(1_000 / plan.rate) },
      home: { latitude: 47 + (index % 100) / 50, longitude: 8 + Math.floor(index / 100) / 50 },
      logLimit: 0,
      fakeLicense: true,
      onReport: plan.onReport,
    })
    pilot.pauseTelemetry(true)
    try {
      const began = performance.now()
      const off = timeReplies(pilot, replies)
      await enter(pilot, plan)
      off()
      entries.push(performance.now() - began)
      standBy(pilot)
      online.push(pilot)
    } catch (error) {
      const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
      failures.set(why, (failures.get(why) ?? 0) + 1)
      await pilot.close()
    }
  }

  const worker = async (): Promise<void> => {
    while (next < plan.count && !stopped()) {
      next += 1
      await one(next)
      done += 1
      onStep(done)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, plan.count) }, worker))
  return { online, failures, entries, replies }
}

async function enter(pilot: VirtualPilot, { username, password, fields }: Account): Promise<void> {
  const outcome = await pilot.login(username, password, { fields })
  if (outcome.kind === 'failed')
    throw new Error(
      `stopped at "${outcome.step.id}": ${outcome.step.message ?? outcome.step.code ?? 'no reason given'}`,
    )
  await pilot.connected(15_000)
  await pilot.topologyAcknowledged(15_000)
}

/**
 * The pilot goes back to the camera: the page is closed and MQTT stays connected. The WebSocket is closed as well,
 * because otherwise the measurement would be dominated by each controller watching all others.
 */
function standBy(pilot: VirtualPilot): void {
  pilot.leavePage()
  pilot.call('platformUnloadComponent', ['tsa'])
  pilot.call('platformUnloadComponent', ['ws'])
}

function timeReplies(pilot: VirtualPilot, replies: number[]): () => void {
  let sentAt = 0
  return pilot.on('topology', ({ state }) => {
    if (state === 'sent') sentAt = performance.now()
    if (state === 'answered') replies.push(performance.now() - sentAt)
  })
}

/** Starts the reports. Each controller begins at its own time, so they do not report at the same moment. */
export function release(pilots: readonly VirtualPilot[]): void {
  for (const pilot of pilots) pilot.pauseTelemetry(false)
}

/** Logs out with the token that Pilot holds, because the page that could do it is closed. */
function tokenOf(pilot: VirtualPilot): string | null {
  try {
    const { data } = JSON.parse(String(pilot.call('apiGetToken', []))) as { data?: unknown }
    return typeof data === 'string' && data !== '' ? data : null
  } catch {
    return null
  }
}

export async function land(pilots: readonly VirtualPilot[], atOnce = 25): Promise<void> {
  const left = [...pilots]
  const worker = async (): Promise<void> => {
    for (let pilot = left.pop(); pilot !== undefined; pilot = left.pop()) {
      const token = tokenOf(pilot)
      if (token !== null) await signOut(pilot.url, token)
      await pilot.close()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
