import { written } from '../checking/loose.ts'
import { DjiCloudError } from '../errors.ts'
import type { CommandOptions, CommandReply, DrcCommand } from '../mqtt/commands.ts'
import type { DeviceRequestHandler, Requests } from '../mqtt/requests.ts'
import type { Mirror } from '../realtime/mirror.ts'
import type { Nodes } from '../realtime/nodes.ts'
import type { Question } from '../realtime/wire.ts'
import type { AnyMethod, ServiceArguments, ServiceReply } from './fields/services.ts'
import { type DeviceCollection, geoJsonOf } from './geojson.ts'
import type { Orders } from './orders.ts'
import type { GatewayView } from './records.ts'
import type { Registry } from './registry.ts'
import { streamReports, type TelemetryFilter, type TelemetryStream } from './reports.ts'
import { type AllDevices, devicesIn, type WorkspaceDevices } from './scoped.ts'
import type { DeviceState, Telemetry } from './telemetry.ts'
import type { ClaimOptions, Tenancy } from './tenancy.ts'

/**
 * `cloud.devices`: the devices of the platform, their reports, and commands to them. With a bus between nodes, it
 * covers the devices of all nodes.
 */
export interface Devices {
  /**
   * The devices of one workspace only. Use it in the host's routes, so that no tenant sees or commands the aircraft of
   * another one. Behind `requireAuth`, `request.dji.devices` is this for the workspace of the caller.
   */
  in(workspaceId: string): WorkspaceDevices
  /** Gateways with their aircraft: those of one workspace, or of all. */
  list(workspaceId?: string): readonly GatewayView[]
  /** A gateway, found by its own serial number or by that of its aircraft. */
  get(serial: string): GatewayView | null
  /** The newest values that a device has reported. Its incremental reports are put together. */
  getState(serial: string): DeviceState | null
  /** The reports while they arrive: `for await (const report of cloud.devices.telemetry({ workspaceId, signal }))`. */
  telemetry(filter?: TelemetryFilter): TelemetryStream
  /** All devices of a workspace as points, for a map. */
  toGeoJSON(workspaceId: string): DeviceCollection
  /**
   * Sends `services` to a gateway, or to the gateway of an aircraft, and waits for the reply. Data and reply have types
   * for the services that DJI documents for Pilot (`Services`); for any other method they can be anything.
   * @returns `data` of a reply with result 0
   * @throws DjiCloudError DEVICE_REFUSED (another result, in `data.result`), DEVICE_TIMEOUT, DEVICE_OFFLINE,
   * DEVICE_UNKNOWN, BROKER_UNAVAILABLE
   */
  callService<Method extends AnyMethod>(
    serial: string,
    method: Method,
    ...rest: ServiceArguments<Method, CommandOptions>
  ): Promise<ServiceReply<Method>>
  /** Sends `property/set`. Resolves with the result of each property; throws the same errors as `callService`. */
  setProperties(serial: string, properties: object, options?: CommandOptions): Promise<CommandReply>
  /**
   * Sends a DRC order (`drc/down`) to a gateway, or to the gateway of an aircraft. It is sent once, and nothing waits
   * for the device. An answer comes as `device.event` with the same `seq` and `channel` `drc/up`.
   * @returns its `seq`, after the broker has accepted it
   * @throws DjiCloudError DEVICE_OFFLINE, DEVICE_UNKNOWN, BROKER_UNAVAILABLE, INVALID_INPUT
   */
  sendDrcCommand(serial: string, command: DrcCommand): Promise<number>
  /**
   * Closes the connections of a gateway. The gateway may connect again by itself. With `revoke` its sessions end too,
   * so it may not.
   * @throws DjiCloudError DEVICE_UNKNOWN
   */
  disconnect(serial: string, options?: { readonly revoke?: boolean | undefined }): Promise<void>
  /**
   * Gives a device to a workspace before it has ever connected, as binding would. If the workspace owns it already,
   * only `boundBy` changes. Emits no event: events say what users do.
   * @throws DjiCloudError OTHER_WORKSPACE (another workspace owns it), DEVICE_LIMIT, INVALID_INPUT, STORE_UNAVAILABLE
   */
  claim(serial: string, workspaceId: string, options?: ClaimOptions): Promise<void>
  /**
   * Takes a device from its workspace, also while it is online, and closes its connections. `get` says whether it is
   * online. A controller that is still logged in connects again and is then held again: call `disconnect(serial, {
   * revoke: true })` first.
   * @returns false: this workspace does not own it
   * @throws DjiCloudError INVALID_INPUT, STORE_UNAVAILABLE
   */
  release(serial: string, workspaceId: string): Promise<boolean>
  /**
   * The id of the workspace that owns a device, also of one that has never connected since the start; null: none does.
   * @throws DjiCloudError INVALID_INPUT, STORE_UNAVAILABLE
   */
  holder(serial: string): Promise<string | null>
  /** Answers the `requests` of gateways with this method. @returns a function that removes the handler */
  onRequest(method: string, handler: DeviceRequestHandler): () => void
}

export interface DevicesParts {
  readonly registry: Pick<Registry, 'list' | 'get' | 'gatewayOf'>
  readonly telemetry: Telemetry
  readonly orders: Orders
  readonly requests: Requests
  /** Null: there are no other nodes. */
  readonly others: Pick<Mirror, 'get' | 'gatewayOf' | 'list'> | null
  /** Null if `others` is null. */
  readonly nodes: Pick<Nodes, 'ask'> | null
  readonly tenancy: Tenancy
}

export function createDevices(parts: DevicesParts): Devices {
  const { registry, telemetry, orders, requests, others, nodes, tenancy } = parts

  /**
   * Gateways of this node and of others. If two nodes know the same gateway, a view that is connected is used. If
   * neither is connected, the one that was seen last is used.
   */
  function list(workspaceId?: string): readonly GatewayView[] {
    const here = registry.list(workspaceId)
    if (others === null) return here
    const views = new Map(here.map((view) => [view.serial, view]))
    for (const view of others.list(workspaceId)) {
      const standing = views.get(view.serial)
      if (standing === undefined || isBetter(view, standing)) views.set(view.serial, view)
    }
    return [...views.values()]
  }

  const gatewayOf = (serial: string): string =>
    registry.gatewayOf(serial) ?? others?.gatewayOf(serial) ?? serial

  function get(serial: string): GatewayView | null {
    const gateway = gatewayOf(serial)
    const here = registry.get(gateway)
    const there = others?.get(gateway)?.view ?? null
    return here === null || (there !== null && isBetter(there, here)) ? there : here
  }

  /** The node that has a gateway. Null: this one. */
  function place(serial: string): {
    readonly gateway: string
    readonly node: string | null
    readonly online: boolean
  } {
    const view = get(serial)
    if (view === null) throw new DjiCloudError('DEVICE_UNKNOWN', { data: { device: serial } })
    const isHere = registry.get(view.serial)?.connected === true
    const node = isHere ? null : (others?.get(view.serial)?.node ?? null)
    return { gateway: view.serial, node, online: view.online || view.connected }
  }

  async function command(serial: string, make: (gateway: string) => Question): Promise<unknown> {
    const { gateway, node, online } = place(serial)
    if (!online) throw new DjiCloudError('DEVICE_OFFLINE', { data: { device: serial } })
    const question = make(gateway)
    return node === null || nodes === null ? orders(question) : nodes.ask(node, question)
  }

  const all: AllDevices = {
    ...tenancy,
    list,
    get,
    getState: telemetry.latest,
    telemetry: (filter) => streamReports(telemetry, filter),
    toGeoJSON: (workspaceId) => geoJsonOf(list(workspaceId), telemetry.latest),
    // A reply from another node has the same form as one from `orders`.
    async callService<Method extends AnyMethod>(serial: string, method: Method, ...rest: unknown[]) {
      // `ServiceArguments` gives the arguments this form for each method.
      const [data, options] = rest as [data?: unknown, options?: CommandOptions]
      const question = (gateway: string): Question => ({
        ...{ what: 'call', gateway, method, data },
        ...written(options),
      })
      return (await command(serial, question)) as ServiceReply<Method>
    },
    setProperties: async (serial, properties, options) =>
      (await command(serial, (gateway) => ({
        what: 'set',
        gateway,
        properties,
        ...written(options),
      }))) as CommandReply,
    sendDrcCommand: async (serial, drc) =>
      (await command(serial, (gateway) => ({ what: 'drc', gateway, command: drc }))) as number,
    async disconnect(serial, { revoke = false } = {}) {
      const { gateway, node } = place(serial)
      const question: Question = { what: 'disconnect', gateway, revoke }
      await (node === null || nodes === null ? orders(question) : nodes.ask(node, question))
    },
  }
  return {
    ...all,
    in: (workspaceId) => devicesIn(all, workspaceId),
    onRequest: requests.on,
  }
}

const isBetter = (one: GatewayView, other: GatewayView): boolean =>
  one.online === other.online ? one.lastSeenAt > other.lastSeenAt : one.online
