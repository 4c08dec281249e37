import type { KnobInfo, SimulatorData } from './types.ts'

/** What a link can say of a controller. */
export interface LinkSetup {
  readonly preset: string | null
  readonly knobs: Readonly<Record<string, unknown>>
  readonly fault: string | null
}

type Known = Pick<SimulatorData, 'knobs' | 'presets' | 'faults'>

/** Such as `#preset=rc-plus&knob.topoTopic=thing`. It has what differs from the preset, and no secret. */
export function writeLink({ preset, knobs, fault }: LinkSetup, known: Known): string {
  const parts: string[] = []
  const put = (name: string, value: string): void =>
    void parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  if (preset !== null) put('preset', preset)
  if (fault !== null) put('fault', fault)
  const usual = known.presets.filter(({ name }) => name === preset)[0]?.knobs ?? {}
  const set = known.faults.filter(({ id }) => id === fault)[0]?.knobs ?? {}
  for (const name of Object.keys(known.knobs)) {
    const expected = set[name] ?? usual[name] ?? known.knobs[name]?.value
    if (knobs[name] === undefined || JSON.stringify(knobs[name]) === JSON.stringify(expected)) continue
    put(
      `knob.${name}`,
      Array.isArray(knobs[name]) ? (knobs[name] as unknown[]).join(',') : String(knobs[name]),
    )
  }
  return parts.length === 0 ? '' : `#${parts.join('&')}`
}

/** @returns what the link says, and the names of the values that cannot be used */
export function readLink(hash: string, known: Known): LinkSetup & { readonly wrong: readonly string[] } {
  const knobs: Record<string, unknown> = {}
  const wrong: string[] = []
  let preset: string | null = null
  let fault: string | null = null
  new URLSearchParams(hash.replace(/^#/, '')).forEach((value, name) => {
    if (name === 'preset' && known.presets.some((one) => one.name === value)) preset = value
    else if (name === 'fault' && known.faults.some((one) => one.id === value)) fault = value
    else {
      const knob = /^knob\./.test(name) ? name.slice('knob.'.length) : ''
      const info = Object.keys(known.knobs).indexOf(knob) >= 0 ? known.knobs[knob] : undefined
      const read = info === undefined ? undefined : readKnob(info, value)
      if (read === undefined) wrong.push(name)
      else knobs[knob] = read
    }
  })
  return { preset, fault, knobs, wrong }
}

/** The value of a knob from its text; undefined: the knob cannot have it. */
function readKnob({ value, values }: KnobInfo, text: string): unknown {
  if (values !== undefined) return values.filter((one) => String(one) === text)[0]
  if (typeof value === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  if (typeof value === 'number')
    return text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text)
  if (Array.isArray(value)) return text.split(/[\s,]+/).filter((one) => one !== '')
  return text
}
