/** All values that each label may have. Do not use serial numbers, users or ids: each combination takes memory. */
export type LabelValues = Readonly<Record<string, readonly string[]>>

/** A value for each label. */
export type Labels<Values extends LabelValues> = { readonly [Name in keyof Values]: Values[Name][number] }

/** Describes a metric of a plugin. */
export interface MetricOptions<Values extends LabelValues = LabelValues> {
  /** One line that says what is counted, and in which unit. */
  readonly help: string
  /** Each label, with all values that it may have. @default none */
  readonly labels?: Values | undefined
}

/** A figure that only grows, such as the number of files received. */
export interface Counter<Values extends LabelValues = LabelValues> {
  /**
   * Adds to the figure of these labels. A value that is not listed counts as `other`.
   * @param by 0 or more. @default 1
   */
  add(labels?: Labels<Values>, by?: number): void
}

/** Counts values by their size, such as the times that requests took. */
export interface Histogram<Values extends LabelValues = LabelValues> {
  /** Counts one value, in the unit that `help` names. */
  observe(value: number, labels?: Labels<Values>): void
}

/** One figure. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * The number of values up to `upTo`. As in Prometheus, each bucket contains those below it. The last one is `Infinity`.
 */
export interface HistogramSample {
  readonly labels: Readonly<Record<string, string>>
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[]
  readonly sum: number
  readonly count: number
}

/** One metric with its figures at this moment. */
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

/** Figures that describe what happens, in a form that belongs to no monitoring system. */
export interface Metrics {
  /**
   * A figure that only grows.
   * @throws TypeError if the name is taken or has an invalid form
   */
  counter<const Values extends LabelValues = Record<string, never>>(
    name: string,
    options: MetricOptions<Values>,
  ): Counter<Values>
  /** @param value called at each reading; it must return at once */
  gauge(name: string, options: { readonly help: string }, value: () => number): void
  /** @param options `buckets`: upper bounds, in growing order */
  histogram<const Values extends LabelValues = Record<string, never>>(
    name: string,
    options: MetricOptions<Values> & { readonly buckets: readonly number[] },
  ): Histogram<Values>
}

/** The metrics, for a plugin that shows them to a monitoring system. */
export interface ReadableMetrics extends Metrics {
  /** All metrics of the platform and of its plugins. */
  read(): readonly MetricReading[]
}
