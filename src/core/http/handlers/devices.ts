import { z } from 'zod'
import { createWorkspaceNames } from '../../access/workspace-names.ts'
import type { GatewayView } from '../../devices/records.ts'
import { DjiCloudError, ERRORS } from '../../errors.ts'
import { API_PATH } from '../../pages/urls.ts'
import type { DeviceRecord, Session } from '../../ports/index.ts'
import { reach } from '../../promises.ts'
import { topologyEntry } from '../../realtime/topology.ts'
import { hasNoNul, NO_NUL, serialNumber, validate } from '../body.ts'
import { createClaims } from '../claim.ts'
import { type DeviceEntry, deviceEntry, type EntryFacts } from '../device-entry.ts'
import { guarded, type Route } from '../routes.ts'
import { success } from '../wire.ts'
import type { Services } from './services.ts'

/** The page sends all three. They only repeat what path and token say (facts G, step 12). */
const bindingInput = z.object({
  device_sn: serialNumber.nullish(),
  user_id: z.string().nullish(),
  workspace_id: z.string().nullish(),
})

const changeInput = z.strictObject({
  nickname: z
    .string()
    .trim()
    .max(64, 'is too long')
    .refine(hasNoNul, NO_NUL)
    .nullable()
    .transform((name) => name || null),
})

/**
 * Words that the demo's paths have in place of a serial number, such as `devices/{workspace}/devices/hms`. The host may
 * answer such a path. Such a word never means a device of that name.
 */
const WORDS: ReadonlySet<string> = new Set(['hms', 'ota', 'bound', 'topologies', 'logs', 'firmwares'])
const ONE_DEVICE = { except: { device_sn: WORDS } }

/**
 * Answered like the demo: HTTP 200, -1 and a message. For a 404 its front ends would show a number in place of the
 * message.
 */
const UNKNOWN = { DEVICE_UNKNOWN: -1 }

/** This error has HTTP 200 too. A device that another user has online cannot be bound or unbound. */
const IN_USE = { DEVICE_IN_USE: ERRORS.DEVICE_IN_USE[0] }

const DEVICES = `${API_PATH}/devices`

/**
 * Binding, lists and topologies. Paths and field names are those of DJI's demo (facts G). Each answers for the caller's
 * own workspace only.
 */
export function deviceRoutes(services: Services): Route[] {
  const { devices, fleet, clock, callsigns, sessions } = services
  const claims = createClaims(services)
  const workspaceName = createWorkspaceNames((session) => sessions.userOf(session), clock)
  // `/devices//binding` arrives as `/devices/binding`, if Pilot gave the page an empty serial number (facts F9).
  const withoutSerial = () => {
    throw mismatch('device_sn', 'is empty: the controller does not know its serial number yet. Restart it')
  }

  return [
    guarded('POST', `${DEVICES}/binding`, null, withoutSerial),
    guarded('DELETE', `${DEVICES}/unbinding`, null, withoutSerial),

    guarded(
      'POST',
      `${DEVICES}/:device_sn/binding`,
      bindingInput,
      async (context) => {
        const { session, params, body, request } = context
        const serial = serialOf(params)
        if (body.device_sn != null && body.device_sn !== serial)
          throw mismatch('device_sn', 'is not the one in the path')
        if (body.workspace_id != null && body.workspace_id !== session.workspaceId)
          throw new DjiCloudError('OTHER_WORKSPACE')
        if (body.user_id != null && body.user_id !== session.userId)
          throw mismatch('user_id', 'is not the user of the token')
        const { workspaceId, userId } = session
        const before = await claims.claim({ serial, session, request, field: 'device_sn' })
        const bound = { boundBy: userId, boundAt: clock.now() }
        if (!(await reach(devices.update(serial, workspaceId, bound)))) throw notOurs(serial)
        if (before?.boundBy !== userId) claims.tell('device.bound', { serial, session, request })
        return success('')
      },
      {
        ...ONE_DEVICE,
        declines: {
          ...IN_USE,
          OTHER_WORKSPACE: ERRORS.OTHER_WORKSPACE[0],
          DEVICE_LIMIT: ERRORS.DEVICE_LIMIT[0],
        },
      },
    ),

    guarded(
      'DELETE',
      `${DEVICES}/:device_sn/unbinding`,
      null,
      async ({ session, params, request }) => {
        const serial = serialOf(params)
        const holder = await reach(devices.get(serial))
        if (holder?.workspaceId !== session.workspaceId) throw notOurs(serial)
        claims.mayLetGo(serial, session)
        if (!(await reach(services.unbind(serial, session.workspaceId)))) throw notOurs(serial)
        claims.tell('device.unbound', { serial, session, request })
        return success('')
      },
      { ...ONE_DEVICE, declines: { ...UNKNOWN, ...IN_USE } },
    ),

    guarded('GET', `${DEVICES}/:workspace_id/devices`, null, async ({ session }) => {
      const all = await entriesOf(session)
      const aircraft = new Set(all.flatMap(({ children }) => (children === null ? [] : [children.device_sn])))
      // Gateways with their aircraft. An aircraft is its own entry only if no gateway has it.
      return success(all.filter(({ device_sn }) => !aircraft.has(device_sn)))
    }),

    guarded('GET', `${DEVICES}/:workspace_id/devices/bound`, null, async ({ session, request }) => {
      const page = wholeNumber(request.query, 'page', 1, 1_000_000)
      const pageSize = wholeNumber(request.query, 'page_size', 50, 1_000)
      const domain = request.query.get('domain')
      const bound = (await entriesOf(session)).filter(
        (one) => one.bound_status && (domain === null || domain === '' || String(one.domain) === domain),
      )
      return success({
        list: bound.slice((page - 1) * pageSize, page * pageSize),
        pagination: { page, page_size: pageSize, total: bound.length },
      })
    }),

    guarded(
      'GET',
      `${DEVICES}/:workspace_id/devices/:device_sn`,
      null,
      async ({ session, params }) => {
        const serial = serialOf(params)
        const records = await recordsAround(serial, session.workspaceId)
        const record = records.get(serial)
        if (record === undefined) throw notOurs(serial)
        return success(entryOf(record, await factsOf(session, records)))
      },
      { ...ONE_DEVICE, declines: UNKNOWN },
    ),

    guarded(
      'PUT',
      `${DEVICES}/:workspace_id/devices/:device_sn`,
      changeInput,
      async ({ session, params, body }) => {
        const serial = serialOf(params)
        if (!(await reach(devices.update(serial, session.workspaceId, body)))) throw notOurs(serial)
        return success('')
      },
      { ...ONE_DEVICE, declines: UNKNOWN },
    ),

    guarded('GET', `${API_PATH}/workspaces/:workspace_id/devices/topologies`, null, async ({ session }) => {
      const records = await recordsOf(session.workspaceId)
      const record = (serial: string) => records.get(serial) ?? null
      // Only gateways that were seen: this answer shows the situation, not everything that was ever bound.
      const gateways = fleet.list(session.workspaceId)
      const names = await callsigns(gateways.map(({ sessionId }) => sessionId))
      const list = gateways.map((gateway) =>
        topologyEntry(gateway, { record, callsign: names.get(gateway.sessionId) ?? '' }),
      )
      return success({ list })
    }),
  ]

  async function recordsOf(workspaceId: string): Promise<ReadonlyMap<string, DeviceRecord>> {
    const records = await reach(devices.list(workspaceId))
    return new Map(records.map((record) => [record.serial, record]))
  }

  /** The records of a device and of its aircraft. */
  async function recordsAround(
    serial: string,
    workspaceId: string,
  ): Promise<ReadonlyMap<string, DeviceRecord>> {
    const view = fleet.get(serial)
    const children = view?.serial === serial ? view.aircraft.map((aircraft) => aircraft.serial) : []
    const found = await Promise.all([serial, ...children].map((one) => reach(devices.get(one))))
    return new Map(
      found.flatMap((one): [string, DeviceRecord][] =>
        one?.workspaceId === workspaceId ? [[one.serial, one]] : [],
      ),
    )
  }

  async function factsOf(session: Session, records: ReadonlyMap<string, DeviceRecord>): Promise<EntryFacts> {
    return { records, workspaceName: await workspaceName(session), latest: fleet.getState }
  }

  async function entriesOf(session: Session): Promise<readonly DeviceEntry[]> {
    const facts = await factsOf(session, await recordsOf(session.workspaceId))
    return [...facts.records.values()].map((record) => entryOf(record, facts))
  }

  function entryOf(record: DeviceRecord, facts: EntryFacts): DeviceEntry {
    const view = fleet.get(record.serial)
    const own: GatewayView | null = view?.workspaceId === record.workspaceId ? view : null
    return deviceEntry(record, own, facts)
  }
}

const serialOf = (params: Readonly<Record<string, string>>): string =>
  validate(z.object({ device_sn: serialNumber }), params).device_sn

const mismatch = (field: string, message: string): DjiCloudError =>
  new DjiCloudError('INVALID_INPUT', {
    message: `The request has an invalid field: ${field}.`,
    data: { issues: [{ field, message }] },
  })

/**
 * The same answer for a device of another workspace and for an unknown one, so that nobody can test which serial
 * numbers exist.
 */
const notOurs = (serial: string): DjiCloudError =>
  new DjiCloudError('DEVICE_UNKNOWN', { data: { device: serial } })

function wholeNumber(query: URLSearchParams, name: string, otherwise: number, most: number): number {
  const text = query.get(name)
  if (text === null || text === '') return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw mismatch(name, `needs a whole number up to ${most}`)
  return value
}
