import { KNOBS, type Knob, type KnobName, type Knobs } from '../testing/knobs.ts'
import { UsageError } from './terminal.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Reads `60s`, `2m` or `500ms`; a number without a unit is in seconds. @returns milliseconds */
export function duration(text: string): number {
  const [, figure, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? []
  if (figure === undefined) throw new UsageError(`"${text}" is not a duration. Write it as 500ms, 60s or 2m.`)
  return Number(figure) * (UNITS[unit] ?? 1_000)
}

/** Reads a whole number within bounds. */
export const whole =
  (name: string, least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < least || value > most)
      throw new UsageError(`${name} takes a whole number from ${least} to ${most}, not "${text}".`)
    return value
  }

export const positive =
  (name: string, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!(value > 0 && value <= most))
      throw new UsageError(`${name} takes a number above 0 up to ${most}, not "${text}".`)
    return value
  }

/** Reads an access link. Without a scheme it is http, as in Pilot. */
export function accessLink(text: string): string {
  const address = /^https?:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(address))
    throw new UsageError(`"${text}" is not an address. Write it as http://localhost:3000/pilot.`)
  return address
}

/** Reads a list of `name=value`. The virtual Pilot checks the values itself. */
export function knobsFrom(pairs: readonly string[]): Partial<Knobs> {
  const chosen: Record<string, unknown> = {}
  for (const pair of pairs) {
    const mark = pair.indexOf('=')
    const name = pair.slice(0, Math.max(0, mark))
    if (!Object.hasOwn(KNOBS, name))
      throw new UsageError(
        `There is no knob "${mark < 0 ? pair : name}". docs/simulator.md and the simulator list all knobs.`,
      )
    chosen[name] = valueFor(KNOBS[name as KnobName], pair.slice(mark + 1))
  }
  return chosen as Partial<Knobs>
}

function valueFor({ value, values }: Knob<unknown>, text: string): unknown {
  if (typeof value === 'boolean')
    return text === 'on' || text === 'true' ? true : text === 'off' || text === 'false' ? false : text
  if (typeof value === 'number' || values?.some((one) => typeof one === 'number')) return Number(text)
  return Array.isArray(value) ? text.split(',').filter((one) => one !== '') : text
}
