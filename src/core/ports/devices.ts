/** What is kept of a device beyond a restart: who holds it, and what was last known of it. Times in ms. */
export interface DeviceRecord {
  readonly serial: string
  readonly workspaceId: string
  /** `domain-type-sub_type` of facts D4; null until it has told. */
  readonly model: string | null
  readonly nickname: string | null
  /** The user who asked for it (`POST .../binding`); null: held because it was used. */
  readonly boundBy: string | null
  readonly boundAt: number | null
  /** The user who first used it, who has a share of the workspace's devices. Null: not known, and counted for nobody. */
  readonly claimedBy: string | null
  readonly lastSeenAt: number | null
  /** Of an aircraft: the gateway that spoke for it last. */
  readonly gateway: string | null
  /** Of a gateway: the aircraft of its last topology. */
  readonly aircraft: readonly string[]
  /**
   * The user with whom it is live, or was last. After a restart it is kept for that one. Null: with nobody, or that user
   * has left it.
   */
  readonly liveUser: string | null
  /**
   * Since when the host has been told that it is online. It stays when the platform stops or is ended, so that the next start
   * knows who is expected back. Null: offline. ms since the epoch
   */
  readonly onlineSince: number | null
}

/** What changes of a device record; what is left out stays. */
export type DeviceChange = Partial<Omit<DeviceRecord, 'serial' | 'workspaceId' | 'claimedBy'>>

/** Which workspace holds a serial number: the first to use it wins, until it is unbound there. And what is known of it. */
export interface DeviceStore {
  /**
   * Atomic.
   * @param userId written down as `claimedBy` if nobody held it. Default: not known
   * @returns the id of the workspace that holds the serial number now: the caller's own, or another's
   */
  claim(serial: string, workspaceId: string, userId?: string): Promise<string>
  /** Forgets the device. False when another workspace (or nobody) holds it. */
  release(serial: string, workspaceId: string): Promise<boolean>
  holder(serial: string): Promise<string | null>
  get(serial: string): Promise<DeviceRecord | null>
  /** Everything that the workspace holds, by serial number. */
  list(workspaceId: string): Promise<readonly DeviceRecord[]>
  /** Changes what is named and nothing else. False when another workspace (or nobody) holds it. */
  update(serial: string, workspaceId: string, change: DeviceChange): Promise<boolean>
  /**
   * The devices of all workspaces whose `onlineSince` is not null. Only for stores that outlive the process: with this method
   * the option `presence.graceSeconds` also covers a restart of the platform. Without it every controller is told offline at a stop.
   */
  listOnline?(): Promise<readonly DeviceRecord[]>
  close?(): Promise<void>
}
