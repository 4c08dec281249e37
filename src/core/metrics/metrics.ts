/** Every value that a label may have. Never a serial number, a user or an id: one figure is kept for each combination. */
export type LabelValues = Readonly<Record<string, readonly string[]>>

/** A value for each label. */
export type Labels<Values extends LabelValues> = { readonly [Name in keyof Values]: Values[Name][number] }

/** How a metric of a plugin is described. */
export interface MetricOptions<Values extends LabelValues = LabelValues> {
  /** One line: what is counted, and in which unit. */
  readonly help: string
  /** Each label with the only values that it may have. @default none */
  readonly labels?: Values | undefined
}

/** A figure that only grows, such as the number of files received. */
export interface Counter<Values extends LabelValues = LabelValues> {
  /** Adds to the figure of these labels. A value that is not listed counts as `other`. @param by 0 or more. @default 1 */
  add(labels?: Labels<Values>, by?: number): void
}

/** How often a value was how large, such as the time that a request took. */
export interface Histogram<Values extends LabelValues = LabelValues> {
  /** Counts one value, in the unit that `help` names. */
  observe(value: number, labels?: Labels<Values>): void
}

/** One figure. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** How often a value was at most `upTo`: each bucket holds those below it, as Prometheus has them. The last is `Infinity`. */
export interface HistogramSample {
  readonly labels: Readonly<Record<string, string>>
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[]
  readonly sum: number
  readonly count: number
}

/** What is known of one metric at this moment. */
export type MetricReading =
  | {
      readonly type: 'counter' | 'gauge'
      readonly name: string
      readonly help: string
      readonly samples: readonly Sample[]
    }
  | {
      readonly type: 'histogram'
      readonly name: string
      readonly help: string
      readonly samples: readonly HistogramSample[]
    }

/** Figures about what happens, in no monitoring system's format. */
export interface Metrics {
  /** Only ever grows. @throws TypeError for a name that is taken or of another form */
  counter<const Values extends LabelValues = Record<string, never>>(
    name: string,
    options: MetricOptions<Values>,
  ): Counter<Values>
  /** @param value asked at every reading. It waits for nothing. */
  gauge(name: string, options: { readonly help: string }, value: () => number): void
  /** @param options `buckets`: upper bounds, growing */
  histogram<const Values extends LabelValues = Record<string, never>>(
    name: string,
    options: MetricOptions<Values> & { readonly buckets: readonly number[] },
  ): Histogram<Values>
}

/** The metrics, for a plugin that shows them to a monitoring system. */
export interface ReadableMetrics extends Metrics {
  /** All of the platform and of its plugins. */
  read(): readonly MetricReading[]
}

const NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/
/** A label value that was not listed. */
const OTHER = 'other'
/** Combinations of label values of one metric. */
const MAX_COMBINATIONS = 10_000

/** @param failed a gauge that throws, by its name */
export function createMetrics(failed: (name: string, error: unknown) => void): ReadableMetrics {
  const readers = new Map<string, () => MetricReading>()

  function claim(name: string, labels: LabelValues = {}): void {
    if (!NAME.test(name)) throw new TypeError(`The metric "${name}" needs a name such as flights_finished.`)
    if (readers.has(name)) throw new TypeError(`The metric ${name} is there already.`)
    for (const label of Object.keys(labels))
      if (!NAME.test(label))
        throw new TypeError(`The metric ${name} has the label "${label}"; use a name such as outcome.`)
    const combinations = Object.values(labels).reduce((product, { length }) => product * (length + 1), 1)
    if (combinations > MAX_COMBINATIONS)
      throw new TypeError(
        `The metric ${name} has ${combinations} combinations of label values; at most ${MAX_COMBINATIONS} are kept. Use fewer labels or values.`,
      )
  }

  return {
    counter(name, { help, labels = {} as never }) {
      claim(name, labels)
      const figures = createFigures(labels, () => ({ value: 0 }))
      readers.set(name, () => ({
        ...{ type: 'counter', name, help },
        samples: figures.all().map(([given, { value }]) => ({ labels: given, value })),
      }))
      return {
        add(given, by = 1) {
          if (!(by >= 0) || by === Number.POSITIVE_INFINITY) return
          figures.of(given).value += by
        },
      }
    },
    gauge(name, { help }, value) {
      claim(name)
      readers.set(name, () => ({
        ...{ type: 'gauge', name, help },
        samples: sampled(value, (error) => failed(name, error)),
      }))
    },
    histogram(name, { help, labels = {} as never, buckets }) {
      claim(name, labels)
      const bounds = [...buckets, Number.POSITIVE_INFINITY]
      if (
        buckets.length === 0 ||
        bounds.some((bound, index) => !(bound > (bounds[index - 1] ?? Number.NEGATIVE_INFINITY)))
      )
        throw new TypeError(`The metric ${name} needs buckets that grow, such as [0.1, 1, 10].`)
      const figures = createFigures(labels, () => ({ counts: bounds.map(() => 0), sum: 0 }))
      readers.set(name, () => ({
        ...{ type: 'histogram', name, help },
        samples: figures.all().map(([given, { counts, sum }]) => {
          let count = 0
          const filled = bounds.map((upTo, index) => {
            count += counts[index] ?? 0
            return { upTo, count }
          })
          return { labels: given, buckets: filled, sum, count }
        }),
      }))
      return {
        observe(value, given) {
          if (!Number.isFinite(value)) return
          const figure = figures.of(given)
          const index = bounds.findIndex((bound) => value <= bound)
          figure.counts[index] = (figure.counts[index] ?? 0) + 1
          figure.sum += value
        },
      }
    },
    read: () => [...readers.values()].map((read) => read()),
  }
}

function sampled(value: () => number, failed: (error: unknown) => void): readonly Sample[] {
  try {
    const now = value()
    return Number.isFinite(now) ? [{ labels: {}, value: now }] : []
  } catch (error) {
    failed(error)
    return []
  }
}

/** One figure for each combination of listed label values, made when it is first needed. */
function createFigures<Figure>(values: LabelValues, make: () => Figure) {
  const names = Object.keys(values)
  const listed = names.map((name) => new Set(values[name]))
  const figures = new Map<
    string,
    { readonly labels: Readonly<Record<string, string>>; readonly figure: Figure }
  >()
  const bare = names.length === 0 ? make() : null
  return {
    of(given: Readonly<Record<string, string>> | undefined): Figure {
      if (bare !== null) return bare
      let key = ''
      for (let index = 0; index < names.length; index += 1) key += `${known(given, index)}\n`
      let found = figures.get(key)
      if (found === undefined) {
        const labels = Object.fromEntries(names.map((name, index) => [name, known(given, index)]))
        found = { labels, figure: make() }
        figures.set(key, found)
      }
      return found.figure
    },
    all: (): (readonly [Readonly<Record<string, string>>, Figure])[] =>
      bare !== null ? [[{}, bare]] : [...figures.values()].map(({ labels, figure }) => [labels, figure]),
  }

  function known(given: Readonly<Record<string, string>> | undefined, index: number): string {
    const value = given?.[names[index] ?? '']
    return value !== undefined && listed[index]?.has(value) === true ? value : OTHER
  }
}

/** The same for a plugin: its names begin with its id. */
export const metricsOf = (metrics: ReadableMetrics, id: string): ReadableMetrics => {
  const own = (name: string): string => `${id.replaceAll('-', '_')}_${name}`
  return {
    counter: (name, options) => metrics.counter(own(name), options),
    gauge: (name, options, value) => metrics.gauge(own(name), options, value),
    histogram: (name, options) => metrics.histogram(own(name), options),
    read: metrics.read,
  }
}
