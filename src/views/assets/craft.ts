import type { FlowState } from '../../bridge/types.ts'
import { OLD_MS } from '../../core/pages/fleet-view.ts'
import { modeOf } from '../../core/pages/modes.ts'
import type { DeviceSummary } from '../../core/pages/situation.ts'
import { ageWords } from './age.ts'
import { byId, NOTHING, setText, show } from './dom.ts'
import { showGauge } from './gauge.ts'
import type { Seen } from './situation.ts'
import type { Translate } from './translate.ts'

/** Keeps the height of its line. */
const EMPTY = '\u00a0'

/** Null: not known, or not clear. */
export function modeWords(code: number | null, t: Translate): string | null {
  const mode = modeOf(code)
  return mode === null ? null : t(`mode.${mode}`)
}

/** Name of the model; its key if there is no name for it; null: not known. */
export const modelOf = (device: DeviceSummary | null): string | null =>
  device === null ? null : device.model || device.model_key

/** Shows controller and aircraft as the server sees them. What nobody has told is "unknown"; what is old is marked as old. */
export function createCrafts(language: string, t: Translate): (state: FlowState, seen: Seen) => void {
  /** A value that nobody has told looks different from one that is known. */
  function setValue(id: string, text: string | null): void {
    setText(id, text === null ? NOTHING : text)
    byId(id)?.setAttribute('data-known', String(text !== null))
  }

  function common(
    id: string,
    panel: string,
    device: DeviceSummary | null,
    online: boolean | null,
    seen: Seen,
  ): void {
    const age = seen.ageOf(device)
    // Without any report there is nothing that could be old: its values are unknown.
    const isOld = device !== null && age !== null && (!device.online || age > OLD_MS || !seen.answers)
    byId(panel)?.setAttribute('data-age', age === null ? 'none' : isOld ? 'old' : 'fresh')
    setText(`${id}-name`, device !== null && device.nickname !== null ? device.nickname : '')
    const chip = byId(`${id}-state`)
    if (chip !== null) chip.setAttribute('data-online', String(online))
    // "Online" beside old values would be read as "these are the values of now".
    show(`${id}-state`, online === false || (online === true && !isOld) || !seen.answers)
    setText(`${id}-state`, t(online === null ? 'device.doubt' : online ? 'device.online' : 'device.offline'))
    // The age of a fresh report is in the bar at the top. Without any report, the words are shown only where the page is red:
    // there they take the place of the empty values.
    setText(
      `${id}-age`,
      isOld
        ? t('age.old', { age: ageWords(age, Date.now(), language, t) })
        : age === null
          ? t('age.none')
          : '',
    )
    const battery = device === null ? null : device.battery_percent
    setValue(`${id}-battery`, battery === null ? null : `${Math.round(battery)} %`)
    showGauge(byId(`${id}-gauge`), battery)
  }

  return (state, seen) => {
    const { controller, aircraft } = seen
    setText('gateway', state.gateway || EMPTY)
    setValue('gateway-model', modelOf(controller))
    common('gateway', 'controller-panel', controller, seen.online.gateway, seen)

    const none = state.bridge === 'present' && state.gateway !== null && state.aircraft === null
    setText('aircraft', state.aircraft || EMPTY)
    setValue('aircraft-model', none ? t('home.none') : modelOf(aircraft))
    show('aircraft-figures', !none)
    common('aircraft', 'aircraft-panel', none ? null : aircraft, seen.online.aircraft, seen)
    if (none) setText('aircraft-age', t('finding.no-aircraft.pilot'))
    const craft = none ? null : aircraft
    setValue('aircraft-mode', modeWords(craft === null ? null : craft.mode_code, t))
    const height = craft === null ? null : craft.elevation
    setValue('aircraft-height', height === null ? null : `${Math.round(height)} m`)

    // The controller measures the link to its aircraft. The better one of radio and mobile network carries it.
    const sdr = controller === null || none ? null : controller.sdr_quality
    const lte = controller === null || none ? null : controller.lte_quality
    const level = sdr === null && lte === null ? null : Math.max(sdr || 0, lte || 0)
    setValue('link-quality', level === null ? null : t('device.quality', { level: String(level) }))
    byId('link-bars')?.setAttribute('data-level', String(level === null ? 0 : Math.round(level)))
    byId('link-bars')?.setAttribute('data-known', String(level !== null))

    const age = seen.ageOf(controller)
    setText('last-report', ageWords(age, Date.now(), language, t))
    byId('link-facts')?.setAttribute('data-age', age === null ? 'none' : age > OLD_MS ? 'old' : 'fresh')
  }
}
