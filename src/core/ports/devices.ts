/** Which workspace holds a serial number. The first to use it wins, until it is unbound there. */
export interface DeviceStore {
  /**
   * Atomic.
   * @returns the id of the workspace that holds the serial number now: the caller's own, or another's
   */
  claim(serial: string, workspaceId: string): Promise<string>
  /** False when another workspace (or nobody) holds it. */
  release(serial: string, workspaceId: string): Promise<boolean>
  holder(serial: string): Promise<string | null>
  close?(): Promise<void>
}
