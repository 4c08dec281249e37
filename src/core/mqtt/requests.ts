import type { Logger } from '../ports/logger.ts'
import type { DeviceHandlers, RequestReply } from './device-handlers.ts'

/** The answer to `config`, which some gateways send before anything else (facts D2). */
export interface GatewayLicense {
  readonly app_id: string
  readonly app_key: string
  readonly app_license: string
  readonly ntp_server_host?: string
}

/** Something that a gateway asks for, such as `storage_config_get`. */
export interface GatewayRequest {
  readonly workspaceId: string
  readonly gateway: string
  readonly method: string
  readonly data: unknown
}

/** What the handler returns is `data` of the `requests_reply`. Undefined: this handler does not answer. */
export type DeviceRequestHandler = (
  request: GatewayRequest,
) => RequestReply | undefined | Promise<RequestReply | undefined>

export interface Requests {
  /**
   * Lets the host answer this method, even one that the platform answers. If there are several handlers, the newest one
   * is asked.
   */
  on(method: string, handler: DeviceRequestHandler): () => void
  /** Null: there is no answer, so none is sent. */
  answer(request: GatewayRequest): Promise<RequestReply | null>
}

/** The shapes are from DJI's pages for docks. Pilot accepts any answer (facts D2). */
const AIRPORT: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  airport_bind_status: { bind_status: [] },
  airport_organization_get: { organization_name: '' },
  airport_organization_bind: { err_infos: [] },
}

/** Any number except 0 is a refusal; DJI has no number for "the cloud failed". */
const FAILED: RequestReply = { result: 1 }

export function createRequests(parts: {
  readonly license: () => GatewayLicense | null
  /** The handlers of plugins. They are asked if the host has no handler. Default: none. */
  readonly handlers?: Pick<DeviceHandlers, 'handle'>
  readonly logger: Logger
}): Requests {
  const handlers = new Map<string, DeviceRequestHandler>()

  function own(method: string): RequestReply | null {
    if (method === 'config') return { result: 0, ...parts.license() }
    const output = Object.hasOwn(AIRPORT, method) ? AIRPORT[method] : undefined
    return output === undefined ? null : { result: 0, output }
  }

  return {
    on(method, handler) {
      handlers.set(method, handler)
      return () => {
        if (handlers.get(method) === handler) handlers.delete(method)
      }
    },
    async answer(request) {
      const { method, gateway } = request
      try {
        const answer = await handlers.get(method)?.(request)
        // Only gateways send requests, and only for themselves.
        return answer ?? (await parts.handlers?.handle({ ...request, serial: gateway })) ?? own(method)
      } catch (error) {
        parts.logger.error(
          { err: error, method, gateway },
          'A handler of onRequest threw an error, so the device got a refusal. See the error.',
        )
        return FAILED
      }
    },
  }
}
