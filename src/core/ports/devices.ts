/** The stored data of a device: the workspace that owns it, and its last known state. Times in ms. */
export interface DeviceRecord {
  readonly serial: string
  readonly workspaceId: string
  /** `domain-type-sub_type` of facts D4; null until the device has sent it. */
  readonly model: string | null
  readonly nickname: string | null
  /** The user who bound it (`POST .../binding`); null: claimed by its first use. */
  readonly boundBy: string | null
  readonly boundAt: number | null
  /**
   * The user who first used the device. It counts for that user's limit of devices. Null: not known; it counts for no
   * user.
   */
  readonly claimedBy: string | null
  readonly lastSeenAt: number | null
  /** For an aircraft: the gateway that last published for it. */
  readonly gateway: string | null
  /** For a gateway: the aircraft of its last topology. */
  readonly aircraft: readonly string[]
  /**
   * The user who has or last had it online. After a restart it is reserved for that user. Null: no user, or that user
   * has released it.
   */
  readonly liveUser: string | null
  /**
   * When it came online, in ms since the epoch. Null: offline. The value stays when the platform stops, so that the next start
   * knows which devices to expect back.
   */
  readonly onlineSince: number | null
}

/** The fields of a device record to change. Fields that are left out stay. */
export type DeviceChange = Partial<Omit<DeviceRecord, 'serial' | 'workspaceId' | 'claimedBy'>>

/** Stores which workspace owns a serial number, and its last known state. The first workspace that uses it owns it, until it is unbound. */
export interface DeviceStore {
  /**
   * Atomic.
   * @param userId stored as `claimedBy` if no workspace owned it before. Default: not known
   * @returns the id of the workspace that owns the serial number now: the given workspace, or another one
   */
  claim(serial: string, workspaceId: string, userId?: string): Promise<string>
  /** Deletes the device. False if another workspace (or none) owns it. */
  release(serial: string, workspaceId: string): Promise<boolean>
  holder(serial: string): Promise<string | null>
  get(serial: string): Promise<DeviceRecord | null>
  /** All devices of the workspace, sorted by serial number. */
  list(workspaceId: string): Promise<readonly DeviceRecord[]>
  /** Changes the given fields only. False if another workspace (or none) owns it. */
  update(serial: string, workspaceId: string, change: DeviceChange): Promise<boolean>
  /**
   * The devices of all workspaces whose `onlineSince` is not null. Only for stores whose data survives the end of the
   * process. With this method `presence.graceSeconds` also covers a restart of the platform. Without it, every
   * controller goes offline when the platform stops.
   */
  listOnline?(): Promise<readonly DeviceRecord[]>
  close?(): Promise<void>
}
