/** The only source of time in core. Milliseconds since the Unix epoch. */
export interface Clock {
  now(): number
}

export const systemClock: Clock = Date

/** JWTs, MQTT brokers and the HTTP contract count in whole seconds. */
export const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)
