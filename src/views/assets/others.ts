import type { FlowState } from '../../bridge/types.ts'
import { OLD_MS } from '../../core/pages/fleet-view.ts'
import type { AircraftSummary } from '../../core/pages/situation.ts'
import { ageWords } from './age.ts'
import { modelOf, modeWords } from './craft.ts'
import { fill, make } from './dom.ts'
import type { Seen } from './situation.ts'
import type { Translate } from './translate.ts'

/** So many fit without making the rest of the page hard to find. */
const SHOWN = 6

/** The other aircraft of the workspace that are online. */
export function showOthers({ aircraft }: FlowState, seen: Seen, language: string, t: Translate): void {
  const { situation } = seen
  if (situation === null) return
  const others = situation.others.filter(({ sn }) => sn !== aircraft)
  const own = situation.others.length - others.length
  const more = situation.others_total - own - Math.min(others.length, SHOWN)
  fill('others', [
    ...others.slice(0, SHOWN).map((one) => line(one, seen, language, t)),
    ...(others.length === 0 ? [make('li', 'other-none', [t('home.others.none')])] : []),
    ...(more > 0 ? [make('li', 'other-none', [t('home.others.more', { n: String(more) })])] : []),
  ])
}

function line(device: AircraftSummary, seen: Seen, language: string, t: Translate): HTMLElement {
  const age = seen.ageOf(device)
  const model = modelOf(device) || t('home.unknown')
  const isOld = age === null || age > OLD_MS || !seen.answers
  const doing = isOld ? null : modeWords(device.mode_code, t)
  const height = isOld || device.elevation === null ? null : `${Math.round(device.elevation)} m`
  const item = make('li', 'other', [
    make('strong', 'other-name', [device.nickname || model]),
    make('span', 'other-about', [
      [device.nickname === null ? null : model, device.pilot]
        .filter((part) => part !== null && part !== '')
        .join(' · '),
    ]),
    make('span', 'other-state', [
      isOld
        ? t('age.old', { age: ageWords(age, Date.now(), language, t) })
        : [doing, height].filter((part) => part !== null).join(' · '),
    ]),
  ])
  item.setAttribute('data-age', isOld ? 'old' : 'fresh')
  return item
}
