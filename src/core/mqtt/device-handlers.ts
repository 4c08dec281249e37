/** `data` of a reply: mostly `{ result: 0, output: {...} }`. */
export type RequestReply = { readonly result: number; readonly output?: unknown } & Readonly<
  Record<string, unknown>
>

/** A message of a device that wants something done, from any channel. */
export interface DeviceMessage {
  readonly workspaceId: string
  readonly gateway: string
  /** The serial number in the topic: that of the gateway or of its aircraft. */
  readonly serial: string
  readonly method: string
  readonly data: unknown
}

export type DeviceHandler = (message: DeviceMessage) => Promise<RequestReply>

/** Handlers of messages by method; one for each. */
export interface DeviceHandlers {
  /**
   * @throws TypeError if the method has a handler already. The check of the plugins at the start makes this impossible.
   */
  add(method: string, handler: DeviceHandler): void
  /** Null: nobody handles this method. */
  handle(message: DeviceMessage): Promise<RequestReply> | null
}

export function createDeviceHandlers(): DeviceHandlers {
  const handlers = new Map<string, DeviceHandler>()
  return {
    add(method, handler) {
      if (handlers.has(method)) throw new TypeError(`The method ${method} has a handler already.`)
      handlers.set(method, handler)
    },
    handle: (message) => handlers.get(message.method)?.(message) ?? null,
  }
}
