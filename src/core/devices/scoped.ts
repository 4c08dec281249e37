import { DjiCloudError } from '../errors.ts'
import type { CommandOptions, CommandReply, DrcCommand } from '../mqtt/commands.ts'
import type { AnyMethod, ServiceArguments, ServiceReply } from './fields/services.ts'
import type { DeviceCollection } from './geojson.ts'
import type { GatewayView } from './records.ts'
import type { TelemetryFilter, TelemetryStream } from './reports.ts'
import type { DeviceState } from './telemetry.ts'
import type { ClaimOptions, Tenancy } from './tenancy.ts'

/**
 * The devices of one workspace. Another workspace's are not there: `get` and `getState` give null, commands throw
 * DEVICE_UNKNOWN, as for a serial number that nobody has. Made by `cloud.devices.in(workspaceId)`.
 */
export interface WorkspaceDevices {
  /** Gateways with their aircraft. */
  list(): readonly GatewayView[]
  /** By the serial number of the gateway or of its aircraft. */
  get(serial: string): GatewayView | null
  /** The newest that a device has reported, its incremental reports put together. */
  getState(serial: string): DeviceState | null
  /** Reports as they come: `for await (const report of devices.telemetry({ signal }))`. */
  telemetry(filter?: Omit<TelemetryFilter, 'workspaceId'>): TelemetryStream
  /** Every device as a point, for a map. */
  toGeoJSON(): DeviceCollection
  /** As `cloud.devices.callService`. @throws DjiCloudError DEVICE_UNKNOWN and those of `callService` */
  callService<Method extends AnyMethod>(
    serial: string,
    method: Method,
    ...rest: ServiceArguments<Method, CommandOptions>
  ): Promise<ServiceReply<Method>>
  /** As `cloud.devices.setProperties`. @throws DjiCloudError DEVICE_UNKNOWN and those of `callService` */
  setProperties(serial: string, properties: object, options?: CommandOptions): Promise<CommandReply>
  /** As `cloud.devices.sendDrcCommand`. @throws DjiCloudError DEVICE_UNKNOWN and those of `sendDrcCommand` */
  sendDrcCommand(serial: string, command: DrcCommand): Promise<number>
  /** As `cloud.devices.disconnect`. @throws DjiCloudError DEVICE_UNKNOWN */
  disconnect(serial: string, options?: { readonly revoke?: boolean | undefined }): Promise<void>
  /** As `cloud.devices.claim`, for this workspace. @throws DjiCloudError as that */
  claim(serial: string, options?: ClaimOptions): Promise<void>
  /** As `cloud.devices.release`, from this workspace. @returns false: this workspace does not hold it */
  release(serial: string): Promise<boolean>
}

/** The devices of all workspaces. */
export interface AllDevices
  extends Omit<WorkspaceDevices, 'list' | 'toGeoJSON' | 'telemetry' | 'claim' | 'release'>,
    Tenancy {
  list(workspaceId?: string): readonly GatewayView[]
  toGeoJSON(workspaceId: string): DeviceCollection
  telemetry(filter?: TelemetryFilter): TelemetryStream
}

/** @throws DjiCloudError INVALID_INPUT without a workspace: what is not there must not mean "all" */
export function devicesIn(devices: AllDevices, workspaceId: string): WorkspaceDevices {
  if (typeof workspaceId !== 'string' || workspaceId === '')
    throw new DjiCloudError('INVALID_INPUT', { message: 'cloud.devices.in() needs the id of a workspace.' })

  const get = (serial: string): GatewayView | null => {
    const view = devices.get(serial)
    return view?.workspaceId === workspaceId ? view : null
  }
  /** The serial number, of this workspace. */
  const own = (serial: string): string => {
    if (get(serial) === null) throw new DjiCloudError('DEVICE_UNKNOWN', { data: { device: serial } })
    return serial
  }
  return {
    list: () => devices.list(workspaceId),
    get,
    getState(serial) {
      const state = devices.getState(serial)
      return state?.workspaceId === workspaceId ? state : null
    },
    telemetry: (filter) => devices.telemetry({ ...filter, workspaceId }),
    toGeoJSON: () => devices.toGeoJSON(workspaceId),
    // Asynchronous, so that what is unknown is a rejection like every other.
    callService: async (serial, method, ...rest) => devices.callService(own(serial), method, ...rest),
    setProperties: async (serial, ...rest) => devices.setProperties(own(serial), ...rest),
    sendDrcCommand: async (serial, command) => devices.sendDrcCommand(own(serial), command),
    disconnect: async (serial, options) => devices.disconnect(own(serial), options),
    claim: (serial, options) => devices.claim(serial, workspaceId, options),
    release: (serial) => devices.release(serial, workspaceId),
  }
}
