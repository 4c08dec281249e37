import type { DeviceState, Telemetry } from './telemetry.ts'

/** Selects the reports that `devices.telemetry` gives. */
export interface TelemetryFilter {
  /** Only devices of this workspace. @default all */
  readonly workspaceId?: string | undefined
  /** A gateway or an aircraft. */
  readonly serial?: string | undefined
  /** How many reports of one device may wait while the consumer is busy; older ones are dropped. @default 1 */
  readonly bufferSize?: number | undefined
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined
}

/** One report of `devices.telemetry`: the state of a device after it. */
export interface TelemetryReport extends DeviceState {
  /**
   * How many reports of this device were dropped since the last one, because the consumer did not take them in time.
   */
  readonly dropped: number
}

/** The reports for one consumer. It ends with `return`, with the signal, or when the platform closes. */
export interface TelemetryStream extends AsyncIterableIterator<TelemetryReport> {
  return(): Promise<IteratorResult<TelemetryReport, undefined>>
  next(): Promise<IteratorResult<TelemetryReport, undefined>>
  [Symbol.asyncIterator](): TelemetryStream
}

const DONE: IteratorResult<TelemetryReport, undefined> = Object.freeze({ done: true, value: undefined })

/**
 * A queue for each device, in the order in which the devices reported. At most `bufferSize` reports of each device
 * wait.
 */
export function streamReports(
  telemetry: Pick<Telemetry, 'listen' | 'onClose'>,
  filter: TelemetryFilter = {},
): TelemetryStream {
  const { workspaceId, serial, signal } = filter
  const bufferSize = Math.max(1, filter.bufferSize ?? 1)
  const queues = new Map<string, { reports: DeviceState[]; dropped: number }>()
  const order: string[] = []
  const waiting: ((result: IteratorResult<TelemetryReport, undefined>) => void)[] = []
  let ended = false

  const wanted = (state: DeviceState): boolean =>
    (workspaceId === undefined || state.workspaceId === workspaceId) &&
    (serial === undefined || state.serial === serial)

  function take(): TelemetryReport | null {
    const from = order.shift()
    const queue = from === undefined ? undefined : queues.get(from)
    const state = queue?.reports.shift()
    if (from === undefined || queue === undefined || state === undefined) return null
    const report = { ...state, dropped: queue.dropped }
    queue.dropped = 0
    if (queue.reports.length === 0) queues.delete(from)
    return report
  }

  const stopListening = telemetry.listen((state) => {
    if (!wanted(state)) return
    const consumer = waiting.shift()
    if (consumer !== undefined) return consumer({ done: false, value: { ...state, dropped: 0 } })
    let queue = queues.get(state.serial)
    if (queue === undefined) {
      queue = { reports: [], dropped: 0 }
      queues.set(state.serial, queue)
    }
    queue.reports.push(state)
    if (queue.reports.length <= bufferSize) return void order.push(state.serial)
    // The next report of the device gets the turn of the report that is dropped.
    queue.reports.shift()
    queue.dropped += 1
  })

  const stopWaiting = telemetry.onClose(end)

  function end(): void {
    if (ended) return
    ended = true
    stopListening()
    stopWaiting()
    signal?.removeEventListener('abort', end)
    queues.clear()
    order.length = 0
    for (const consumer of waiting.splice(0)) consumer(DONE)
  }
  if (signal?.aborted === true) end()
  else signal?.addEventListener('abort', end)

  return {
    next() {
      if (ended) return Promise.resolve(DONE)
      const report = take()
      if (report !== null) return Promise.resolve({ done: false, value: report })
      return new Promise((resolve) => void waiting.push(resolve))
    },
    return() {
      end()
      return Promise.resolve(DONE)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
