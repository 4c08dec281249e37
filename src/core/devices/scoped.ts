import { DjiCloudError } from '../errors.ts'
import type { CommandOptions, CommandReply, DrcCommand } from '../mqtt/commands.ts'
import type { AnyMethod, ServiceArguments, ServiceReply } from './fields/services.ts'
import type { DeviceCollection } from './geojson.ts'
import type { GatewayView } from './records.ts'
import type { TelemetryFilter, TelemetryStream } from './reports.ts'
import type { DeviceState } from './telemetry.ts'
import type { ClaimOptions, Tenancy } from './tenancy.ts'

/**
 * The devices of one workspace, from `cloud.devices.in(workspaceId)`. Devices of other workspaces look unknown: `get`
 * and `getState` give null, and commands throw DEVICE_UNKNOWN, as for a serial number that does not exist.
 */
export interface WorkspaceDevices {
  /** Gateways with their aircraft. */
  list(): readonly GatewayView[]
  /** A gateway, found by its own serial number or by that of its aircraft. */
  get(serial: string): GatewayView | null
  /** The newest values that a device has reported. Its incremental reports are put together. */
  getState(serial: string): DeviceState | null
  /** The reports while they arrive: `for await (const report of devices.telemetry({ signal }))`. */
  telemetry(filter?: Omit<TelemetryFilter, 'workspaceId'>): TelemetryStream
  /** All devices as points, for a map. */
  toGeoJSON(): DeviceCollection
  /** Like `cloud.devices.callService`. @throws DjiCloudError DEVICE_UNKNOWN and those of `callService` */
  callService<Method extends AnyMethod>(
    serial: string,
    method: Method,
    ...rest: ServiceArguments<Method, CommandOptions>
  ): Promise<ServiceReply<Method>>
  /** Like `cloud.devices.setProperties`. @throws DjiCloudError DEVICE_UNKNOWN and those of `callService` */
  setProperties(serial: string, properties: object, options?: CommandOptions): Promise<CommandReply>
  /** Like `cloud.devices.sendDrcCommand`. @throws DjiCloudError DEVICE_UNKNOWN and those of `sendDrcCommand` */
  sendDrcCommand(serial: string, command: DrcCommand): Promise<number>
  /** Like `cloud.devices.disconnect`. @throws DjiCloudError DEVICE_UNKNOWN */
  disconnect(serial: string, options?: { readonly revoke?: boolean | undefined }): Promise<void>
  /** Like `cloud.devices.claim`, for this workspace. @throws DjiCloudError the same errors */
  claim(serial: string, options?: ClaimOptions): Promise<void>
  /** Like `cloud.devices.release`, for this workspace. @returns false: this workspace does not own it */
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

/** @throws DjiCloudError INVALID_INPUT without a workspace. A missing id must not mean all workspaces. */
export function devicesIn(devices: AllDevices, workspaceId: string): WorkspaceDevices {
  if (typeof workspaceId !== 'string' || workspaceId === '')
    throw new DjiCloudError('INVALID_INPUT', {
      message: 'cloud.devices.in() got no workspace. Give it the id of a workspace.',
    })

  const get = (serial: string): GatewayView | null => {
    const view = devices.get(serial)
    return view?.workspaceId === workspaceId ? view : null
  }
  /** Returns the serial number if the device belongs to this workspace. */
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
    // These are async, so that an unknown device is a rejection like every other error.
    callService: async (serial, method, ...rest) => devices.callService(own(serial), method, ...rest),
    setProperties: async (serial, ...rest) => devices.setProperties(own(serial), ...rest),
    sendDrcCommand: async (serial, command) => devices.sendDrcCommand(own(serial), command),
    disconnect: async (serial, options) => devices.disconnect(own(serial), options),
    claim: (serial, options) => devices.claim(serial, workspaceId, options),
    release: (serial) => devices.release(serial, workspaceId),
  }
}
