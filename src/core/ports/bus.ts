/**
 * Carries texts between the nodes of one app, so that each knows the devices of the others. Nothing is stored: a node that
 * was disconnected asks again. Texts of one sender arrive in order.
 */
export interface Bus {
  /** Sends to every other node; it may also send to this one. Rejects if nothing was sent. */
  publish(text: string): Promise<void>
  /** Resolves when the subscription is active. Called once. */
  subscribe(listener: (text: string) => void): Promise<void>
  close?(): Promise<void>
}
