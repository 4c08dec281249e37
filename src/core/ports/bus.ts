/**
 * Carries texts between the nodes of one app, so that each knows whom the others have. Nothing is kept: a node that was
 * away asks again. One sender's texts arrive in order.
 */
export interface Bus {
  /** To every node; whether also to this one does not matter. Rejects when nothing was sent. */
  publish(text: string): Promise<void>
  /** Resolves when texts are being heard. Called once. */
  subscribe(listener: (text: string) => void): Promise<void>
  close?(): Promise<void>
}
