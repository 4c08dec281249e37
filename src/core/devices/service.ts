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

/** `cloud.devices`: who is there, what they report, and what to tell them. Of all nodes, where a bus joins them. */
export interface Devices {
  /**
   * Those of one workspace, and nothing of any other: what a route of the host works with, so that no tenant sees or
   * commands another's aircraft. `request.dji.devices` behind `requireAuth` is this for the caller's own.
   */
  in(workspaceId: string): WorkspaceDevices
  /** Gateways with their aircraft; without a workspace, of all. */
  list(workspaceId?: string): readonly GatewayView[]
  /** By the serial number of the gateway or of its aircraft. */
  get(serial: string): GatewayView | null
  /** The newest that a device has reported, its incremental reports put together. */
  getState(serial: string): DeviceState | null
  /** Reports as they come: `for await (const report of cloud.devices.telemetry({ workspaceId, signal }))`. */
  telemetry(filter?: TelemetryFilter): TelemetryStream
  /** Every device of a workspace as a point, for a map. */
  toGeoJSON(workspaceId: string): DeviceCollection
  /**
   * Sends `services` to a gateway, or to the gateway of an aircraft, and waits for the reply. Data and reply of the services
   * that DJI documents for Pilot have types (`Services`); any other method takes anything.
   * @returns `data` of the reply, whose result is 0
   * @throws DjiCloudError DEVICE_REFUSED (another result, in `data.result`), DEVICE_TIMEOUT, DEVICE_OFFLINE,
   * DEVICE_UNKNOWN, BROKER_UNAVAILABLE
   */
  callService<Method extends AnyMethod>(
    serial: string,
    method: Method,
    ...rest: ServiceArguments<Method, CommandOptions>
  ): Promise<ServiceReply<Method>>
  /** Sends `property/set`. Resolves with each property's own result; throws as `callService` does. */
  setProperties(serial: string, properties: object, options?: CommandOptions): Promise<CommandReply>
  /**
   * Sends an order of DRC (`drc/down`) to a gateway, or to the gateway of an aircraft, once, without waiting for the device:
   * what it answers comes as `device.event` with the same `seq` and `channel` `drc/up`.
   * @returns its `seq`, once the broker has it
   * @throws DjiCloudError DEVICE_OFFLINE, DEVICE_UNKNOWN, BROKER_UNAVAILABLE, INVALID_INPUT
   */
  sendDrcCommand(serial: string, command: DrcCommand): Promise<number>
  /**
   * Closes a gateway's connections. It may come back by itself; with `revoke` its sessions end as well, and it may not.
   * @throws DjiCloudError DEVICE_UNKNOWN
   */
  disconnect(serial: string, options?: { readonly revoke?: boolean | undefined }): Promise<void>
  /**
   * Makes a device a workspace's before it has ever connected, as binding it would; of one that the workspace holds already, nothing
   * changes but `boundBy`. There is no event of it: those tell what users do.
   * @throws DjiCloudError OTHER_WORKSPACE (another one holds it), DEVICE_LIMIT, INVALID_INPUT, STORE_UNAVAILABLE
   */
  claim(serial: string, workspaceId: string, options?: ClaimOptions): Promise<void>
  /**
   * Takes a device from its workspace, also while it is live, and closes what it has open; `get` says whether it is. A controller
   * that is still logged in comes back and holds it again: end its sessions first, `disconnect(serial, { revoke: true })`.
   * @returns false: this workspace does not hold it
   * @throws DjiCloudError INVALID_INPUT, STORE_UNAVAILABLE
   */
  release(serial: string, workspaceId: string): Promise<boolean>
  /** Answers a gateway's `requests` of this method. @returns how to stop */
  onRequest(method: string, handler: DeviceRequestHandler): () => void
}

export interface DevicesParts {
  readonly registry: Pick<Registry, 'list' | 'get' | 'gatewayOf'>
  readonly telemetry: Telemetry
  readonly orders: Orders
  readonly requests: Requests
  /** Null: this node is alone. */
  readonly others: Pick<Mirror, 'get' | 'gatewayOf' | 'list'> | null
  /** Null with `others`. */
  readonly nodes: Pick<Nodes, 'ask'> | null
  readonly tenancy: Tenancy
}

export function createDevices(parts: DevicesParts): Devices {
  const { registry, telemetry, orders, requests, others, nodes, tenancy } = parts

  /** Gateways of this node and of others. If two nodes know one, the connected view wins, then the one seen last. */
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

  /** Where a gateway is: null for here. */
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
    // What comes back from another node is what `orders` gave there.
    async callService<Method extends AnyMethod>(serial: string, method: Method, ...rest: unknown[]) {
      // As `ServiceArguments` has them for each method.
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
