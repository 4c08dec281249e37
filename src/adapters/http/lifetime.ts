import type { ServerResponse } from 'node:http'
import { DjiCloudError } from '../../core/errors.ts'
import type { Work } from '../../core/http/in-flight.ts'
import { discard } from '../../core/http/outgoing.ts'
import type { BodyStream } from '../../core/http/types.ts'

/** How long a request is worked for: until its answer is out, its client goes away, or the platform closes. */
export interface Lifetime extends Work {
  /** Aborts when nobody needs the answer any more, or when the platform closes. */
  signal(): AbortSignal
  /** Remembers the body that is read while it arrives. */
  opened(body: BodyStream): BodyStream
}

export function createLifetime(response: ServerResponse): Lifetime {
  // Made when it is asked for: most answers are out before anybody could go away.
  let controller: AbortController | undefined
  let body: BodyStream | undefined
  let closing = false

  const gone = (): void => {
    if (!response.writableFinished) controller?.abort()
  }

  return {
    signal() {
      if (controller === undefined) {
        controller = new AbortController()
        if (closing) controller.abort(shuttingDown())
        if (response.destroyed) gone()
        else response.once('close', gone)
      }
      return controller.signal
    },
    opened(opened) {
      body = opened
      if (closing) fail(body)
      return body
    },
    stop() {
      closing = true
      controller?.abort(shuttingDown())
      // A client may take minutes to send the rest. Its handler fails now, and the client is told to try again.
      if (body !== undefined) fail(body)
    },
    cut: () => void response.destroy(),
  }
}

function fail({ stream }: BodyStream): void {
  if (stream.destroyed) return
  discard(stream, shuttingDown())
}

const shuttingDown = (): DjiCloudError =>
  new DjiCloudError('SHUTTING_DOWN', { headers: { 'retry-after': '5' } })
