import type { z } from 'zod'

/** The events of a plugin: what each carries, by a name such as `flight.finished`. */
export type EventSchemas = Readonly<Record<string, z.ZodType>>
