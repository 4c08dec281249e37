import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { DjiCloud } from '../../src/index.ts'
import { createVirtualPilot, type VirtualPilotOptions } from '../../src/testing/index.ts'
import { ask } from '../support/http.ts'

/** How long a busy machine may take until registry, topologies, pushes and host events say the same. An idle one needs milliseconds. */
const PATIENCE_MS = 15_000

/** How long each agreement of this file's tests took, ms. */
export const agreements: number[] = []

export const G1 = 'RCFAKE00000001'
export const G2 = 'RCFAKE00000002'
export const G3 = 'RCFAKE00000003'
export const A1 = '1581FAKE000000000001'
export const A2 = '1581FAKE000000000002'

/** A pilot with quick telemetry; `pilot.close()` is the test's business. */
export const newPilot = (
  link: string,
  gateway: string,
  aircraft: string | null,
  more: Partial<VirtualPilotOptions> = {},
) =>
  createVirtualPilot({
    url: link,
    gateway: { serial: gateway },
    aircraft: aircraft === null ? null : { serial: aircraft },
    ...more,
    knobs: { osdIntervalMs: 50, mqttReconnectMs: 50, wsReconnectMs: 50, ...more.knobs },
  })

/** @param user its role decides, as the page that it uses would */
export async function logIn(
  url: string,
  { username, password, role }: { username: string; password: string; role?: 'web' | 'pilot' },
): Promise<string> {
  const body = { username, password, flag: role === 'web' ? 1 : 2 }
  const { json } = await ask(url, '/manage/api/v1/login', { method: 'POST', body })
  return String(json.data?.access_token)
}

/** Serial number to online or not; an aircraft with its gateway. */
type Picture = Record<string, boolean>

/** Pushes about a device while it was not online: there may be none, in whatever way it went. */
export function ghosts(pushes: Watched['pushes'], serial: string): object[] {
  let isOnline = false
  return pushes.filter(({ biz_code, data }) => {
    if (data.sn !== serial) return false
    if (biz_code === 'device_online') isOnline = true
    if (biz_code === 'device_offline') isOnline = false
    return biz_code.endsWith('_osd') && !isOnline
  })
}

interface Setup {
  readonly url: string
  readonly cloud: DjiCloud
  readonly workspaceId: string
  readonly token: string
}

/** One workspace as four sources show it. */
export async function watchWorkspace({ url, cloud, workspaceId, token }: Setup) {
  const socket = new WebSocket(
    `${url.replace('http', 'ws')}/api/v1/ws?x-auth-token=${encodeURIComponent(token)}`,
  )
  const pushes: { biz_code: string; data: Record<string, unknown> }[] = []
  const events: string[] = []
  const pushed: Picture = {}
  const told: Picture = {}
  const changed = new Set<() => void>()
  const change = () => {
    for (const wake of changed) wake()
  }
  socket.on('message', (data) => {
    const push = JSON.parse(String(data)) as (typeof pushes)[number]
    pushes.push(push)
    const serial = String(push.data.sn)
    if (push.biz_code === 'device_online') pushed[serial] = true
    if (push.biz_code === 'device_offline') pushed[serial] = false
    change()
  })
  await once(socket, 'open')
  const stops = (['gateway.online', 'gateway.offline', 'aircraft.online', 'aircraft.offline'] as const).map(
    (name) =>
      cloud.on(name, (event) => {
        if (event.workspaceId !== workspaceId) return
        const serial = 'aircraft' in event ? event.aircraft : event.gateway
        told[serial] = name.endsWith('online')
        events.push(['reason' in event ? `${name} ${event.reason}` : name, serial].join(' '))
        change()
      }),
  )

  const registry = (): Picture =>
    Object.fromEntries(
      cloud.devices
        .list(workspaceId)
        .flatMap((gateway) => [
          [gateway.serial, gateway.online],
          ...gateway.aircraft.map((aircraft) => [aircraft.serial, aircraft.online]),
        ]),
    )

  async function topologies(): Promise<Picture> {
    const { json } = await ask(url, `/manage/api/v1/workspaces/${workspaceId}/devices/topologies`, {
      headers: { 'x-auth-token': token },
    })
    const list = (json.data?.list ?? []) as Record<string, { sn: string; online_status: boolean }[]>[]
    return Object.fromEntries(
      list.flatMap(({ hosts = [], parents = [] }) =>
        [...hosts, ...parents].map((one) => [one.sn, one.online_status]),
      ),
    )
  }

  /** Who is online; whom a source does not name is not. */
  const online = (picture: Picture): string[] =>
    Object.keys(picture)
      .filter((serial) => picture[serial])
      .sort()

  async function agree(serials: readonly string[], withEvents: boolean): Promise<void> {
    const wanted = JSON.stringify([...serials].sort())
    const asked = performance.now()
    const deadline = asked + PATIENCE_MS
    for (;;) {
      const woken = new Promise<boolean>((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          changed.delete(wake)
          resolve(true)
        }
        const timer = setTimeout(
          () => {
            changed.delete(wake)
            resolve(false)
          },
          Math.max(0, deadline - performance.now()),
        )
        changed.add(wake)
      })
      const shown = {
        registry: online(registry()),
        topologies: online(await topologies()),
        pushes: online(pushed),
        ...(withEvents ? { events: online(told) } : {}),
      }
      if (Object.values(shown).every((one) => JSON.stringify(one) === wanted)) {
        agreements.push(performance.now() - asked)
        return
      }
      if (!(await woken))
        throw new Error(`no agreement on ${wanted} within ${PATIENCE_MS} ms: ${JSON.stringify(shown)}`)
    }
  }

  return {
    socket,
    pushes,
    events,
    /** Resolves when all four show exactly these online; rejects with what each shows when they do not in time. */
    agrees: (...serials: string[]) => agree(serials, true),
    /** The same without the host's events, which only the node emits that has the gateway. */
    shows: (...serials: string[]) => agree(serials, false),
    /** The next push that fits, of those to come. */
    push: (fits: (push: (typeof pushes)[number]) => boolean) =>
      new Promise<(typeof pushes)[number]>((resolve) => {
        const from = pushes.length
        const look = () => {
          const found = pushes.slice(from).find(fits)
          if (found === undefined) return
          changed.delete(look)
          resolve(found)
        }
        changed.add(look)
      }),
    close() {
      for (const stop of stops) stop()
      socket.terminate()
    },
  }
}

export type Watched = Awaited<ReturnType<typeof watchWorkspace>>
