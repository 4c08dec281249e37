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
