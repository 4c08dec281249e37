import { z } from 'zod'
import { isSerial } from '../../plugin.ts'

const serialNumber = z.string().trim().refine(isSerial, 'needs a serial number: 1 to 32 letters and digits')

const place = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
})
const percent = z.number().min(0).max(100)
const number = z.number().int().min(0).max(65_535)

/** The actions of the page's buttons. */
export const controlSchema = z.discriminatedUnion('do', [
  /** Opens the access link, for the first time or again. */
  z.strictObject({ do: z.literal('open') }),
  z.strictObject({ do: z.literal('leave') }),
  z.strictObject({ do: z.literal('exit') }),
  z.strictObject({ do: z.literal('restart') }),
  z.strictObject({
    do: z.literal('aircraft'),
    on: z.boolean(),
    serial: serialNumber.optional(),
    type: number.optional(),
    subType: number.optional(),
  }),
  z.strictObject({ do: z.literal('network'), up: z.boolean(), silent: z.boolean().default(false) }),
  z.strictObject({ do: z.literal('token'), be: z.enum(['expired', 'revoked']) }),
  z.strictObject({
    do: z.literal('fly'),
    path: z.array(place).max(500),
    speed: z.number().min(0.1).max(30).default(8),
    height: z.number().min(0).max(500).default(60),
  }),
  /** Restarts with another controller or other knobs. */
  z.strictObject({
    do: z.literal('configure'),
    preset: z.string().max(40).nullable().default(null),
    knobs: z.record(z.string(), z.unknown()).default({}),
    fault: z.string().max(40).nullable().default(null),
  }),
  /** What the devices report from now on. An empty `set` gives all values back to the flight. */
  z.strictObject({
    do: z.literal('readings'),
    set: z.strictObject({
      battery: percent.optional(),
      height: z.number().min(-500).max(9_000).optional(),
      speed: z.number().min(0).max(100).optional(),
      controllerBattery: percent.optional(),
    }),
  }),
])

export type Control = z.output<typeof controlSchema>

export const messageSchema = z.strictObject({ message: z.string() })

export const setupSchema = z.strictObject({
  preset: z.string().max(40).nullable().default(null),
  knobs: z.record(z.string(), z.unknown()).default({}),
  fault: z.string().max(40).nullable().default(null),
})
export type Setup = z.output<typeof setupSchema>
