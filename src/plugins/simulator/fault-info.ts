/** How certain it is that a controller behaves like this, as in the knobs of the virtual Pilot. */
export type Confidence = 'hardware' | 'documented' | 'reported' | 'unverified'

/** A fault of facts F, with its texts in the page's language. */
export interface FaultInfo {
  readonly id: string
  readonly name: string
  readonly about: string
  readonly certainty: Confidence
  readonly knobs: Readonly<Record<string, unknown>>
  readonly pilot: readonly Seen[]
  readonly host: readonly Seen[]
  readonly doctor: readonly Seen[]
}

/** What somebody sees of a fault. */
export interface Seen {
  readonly title: string
  readonly text: string
}
