import { type FleetRow, geoLink, placeText } from '../../core/pages/fleet-view.ts'
import { ageWords } from './age.ts'
import { copyText } from './copy-text.ts'
import { byId, NOTHING } from './dom.ts'
import { showGauge } from './gauge.ts'
import type { Translate } from './translate.ts'

export interface FleetCard {
  readonly element: HTMLElement
  /** @param away the server does not answer: nobody knows what is online, and no value is one of now */
  show(row: FleetRow, away: boolean): void
}

/** One aircraft: a copy of the template in partials/fleet-card. Places that a host has removed are not filled. */
export function createCard(sn: string, language: string, t: Translate): FleetCard {
  const template = byId('fleet-card') as HTMLTemplateElement | null
  const made = template === null ? null : document.importNode(template.content, true).querySelector('li')
  const element = made || document.createElement('li')
  let copied = ''
  element.setAttribute('data-sn', sn)
  const place = (name: string): HTMLElement | null => element.querySelector(`[data-value="${name}"]`)
  const copy = place('copy')
  if (copy !== null) copy.addEventListener('click', () => copyText(copy, copied, t))

  function write(name: string, text: string): void {
    const target = place(name)
    if (target !== null && target.textContent !== text) target.textContent = text
  }

  /** A value that nobody has told looks different from one that is known. */
  function writeValue(name: string, text: string | null): void {
    write(name, text === null ? NOTHING : text)
    place(name)?.setAttribute('data-known', String(text !== null))
  }

  function mark(name: string, value: string): void {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value)
  }

  function showPlace(row: FleetRow, name: string): void {
    writeValue('place', row.place === null ? null : placeText(row.place))
    copied = row.place === null ? '' : placeText(row.place)
    const map = place('map')
    if (copy !== null) {
      copy.hidden = row.place === null
      copy.setAttribute('aria-label', t('fleet.copy.of', { name }))
    }
    if (map === null) return
    map.hidden = row.place === null
    map.setAttribute('aria-label', t('fleet.map.of', { name }))
    if (row.place !== null) map.setAttribute('href', geoLink(row.place))
  }

  return {
    element,
    show(row, away) {
      mark('data-age', away && row.age === 'fresh' ? 'old' : row.age)
      mark('data-online', String(row.online))
      mark('data-alarm', String(row.alarm))
      writeValue('model', row.model)
      write('nickname', row.nickname || '')
      write('sn', sn)
      // "Online" beside old values would be read as "these are the values of now".
      const isOld = row.online && row.age === 'old'
      write(
        'state',
        t(away ? 'device.doubt' : isOld ? 'fleet.old' : row.online ? 'device.online' : 'device.offline'),
      )
      const state = place('state')
      if (state !== null) state.setAttribute('data-online', away || isOld ? 'null' : String(row.online))
      const alarm = place('alarm')
      if (alarm !== null) alarm.hidden = !row.alarm
      writeValue('battery', row.battery === null ? null : `${Math.round(row.battery)} %`)
      showGauge(element.querySelector('.gauge'), row.battery)
      writeValue('mode', row.mode === null ? null : t(`mode.${row.mode}`))
      writeValue('height', row.height === null ? null : `${Math.round(row.height)} m`)
      writeValue('speed', row.speed === null ? null : `${row.speed.toFixed(1)} m/s`)
      showPlace(row, row.nickname || row.model || sn)
      writeValue('controller', row.controller)
      writeValue('pilot', row.pilot)
      const never = row.age === 'none'
      write('age', never ? t('fleet.never') : ageWords(row.ageMs, Date.now(), language, t))
    },
  }
}
