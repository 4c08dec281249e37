import type { TextKey } from '../texts/en.ts'
import { type ButtonId, buttonsOf } from './buttons.ts'
import { byId, element, show } from './dom.ts'
import type { MapSketch } from './map.ts'
import type { Screen } from './screen.ts'
import type { ControlAnswer, SimulatorData, State } from './types.ts'
import { t } from './words.ts'

export interface Panel {
  send(body: object): Promise<ControlAnswer>
  /** Sends, and shows what went wrong. */
  tell(body: object): void
  openTab(name: string): void
  currentTab(): string
  draw(state: State): void
}

interface Around {
  readonly data: SimulatorData
  readonly screen: Screen
  readonly map: MapSketch
  readonly say: (text: string) => void
  readonly control: (body: object) => Promise<ControlAnswer>
}

const PANES = ['traffic', 'faults', 'knobs']

/** The buttons around the controller. */
export function createPanel({ data, screen, map, say, control }: Around): Panel {
  let state: State | null = null
  const tell: Panel['tell'] = (body) => {
    control(body)
      .then(({ why }) => say(why === undefined ? '' : why))
      .catch((error: Error) => say(error.message))
  }
  /** A button that can do nothing says why. It is not `disabled`, because then nobody could read the reason by touch or keyboard. */
  const on = (id: string, what: () => void): void =>
    byId(id).addEventListener('click', (event) => {
      const why = byId(id).getAttribute('data-why')
      if (why === null) return what()
      event.preventDefault()
      event.stopImmediatePropagation()
      say(why)
    })
  const keeps = (): boolean => state !== null && state.knobs['reloadOnReentry'] === false

  /** Wakes the native side first, so that the bridge works when the page wakes. */
  const open = (): void => {
    control({ do: 'open' })
      .then(() => screen.open(keeps()))
      .catch((error: Error) => say(error.message))
  }
  on('open', open)
  on('reenter', open)
  on('leave', () => tell({ do: 'leave' }))
  on('restart', () => tell({ do: 'restart' }))
  on('back', () => {
    if (screen.hook('onBackClick') !== true) tell({ do: 'leave' })
  })
  on('exit', () => {
    screen.hook('onStopPlatform')
    tell({ do: 'exit' })
  })
  on('aircraft', () => {
    const chosen = data.models[models.selectedIndex]
    const { serial, type, subType } = state?.aircraft ?? chosen ?? {}
    tell(
      state?.aircraft === null
        ? { do: 'aircraft', on: true, serial, type, subType }
        : { do: 'aircraft', on: false },
    )
  })
  on('network', () => tell({ do: 'network', up: state?.network === false }))
  on('silence', () => tell({ do: 'network', up: false, silent: true }))
  on('expire', () => tell({ do: 'token', be: 'expired' }))
  on('revoke', () => tell({ do: 'token', be: 'revoked' }))
  on('fly', () =>
    tell({ do: 'fly', path: map.path(), speed: Number(byId<HTMLInputElement>('speed').value) || 8 }),
  )
  on('clear-path', () => {
    map.clear()
    tell({ do: 'fly', path: [] })
  })
  for (const id of ['readings-set', 'readings-auto']) on(id, () => undefined)

  const models = byId<HTMLSelectElement>('model')
  for (const { name } of data.models) models.appendChild(element('option', '', name))
  models.addEventListener('change', () => {
    const { serial, type, subType } = data.models[models.selectedIndex] ?? {}
    tell({ do: 'aircraft', on: true, serial, type, subType })
  })

  let tab = 'traffic'
  const openTab = (name: string): void => {
    tab = name
    for (const one of PANES) {
      show(`pane-${one}`, one === name)
      byId(`tab-${one}`).setAttribute('aria-pressed', String(one === name))
    }
  }
  for (const name of PANES) on(`tab-${name}`, () => openTab(name))

  const pill = (id: string, text: string, mood: string): void => {
    const field = byId(`pill-${id}`)
    const value = field.querySelector('b')
    if (value !== null) value.textContent = text
    field.setAttribute('data-state', mood)
  }
  const link = (name: string): string =>
    ({ connected: 'good', connecting: 'busy', disconnected: 'bad' })[name] || ''

  const drawButtons = (now: State): void => {
    const all = buttonsOf(now, map.points())
    for (const id of Object.keys(all) as ButtonId[]) {
      const why = all[id]
      const button = byId(id)
      const usual = button.getAttribute('data-title') ?? button.title
      button.setAttribute('data-title', usual)
      button.setAttribute('aria-disabled', String(why !== null))
      button.title = why === null ? usual : t(why)
      if (why === null) button.removeAttribute('data-why')
      else button.setAttribute('data-why', t(why))
    }
  }

  return {
    send: control,
    tell,
    openTab,
    currentTab: () => tab,
    draw(now) {
      state = now
      const { native, aircraft, network } = now
      pill('mqtt', t(`link.${native.mqtt}` as TextKey), link(native.mqtt))
      pill('ws', t(`link.${native.ws}` as TextKey), link(native.ws))
      const seen = native.topologyAcknowledged ? 'good' : ''
      pill('aircraft', aircraft === null ? t('aircraft.off') : aircraft.serial, aircraft === null ? '' : seen)
      pill('network', t(network ? 'network.up' : 'network.lost'), network ? 'good' : 'bad')
      byId('aircraft').textContent = t(aircraft === null ? 'aircraft.switchOn' : 'aircraft.switchOff')
      byId('aircraft').setAttribute('aria-pressed', String(aircraft !== null))
      byId('network').textContent = t(network ? 'network.cut' : 'network.restore')
      byId('network').setAttribute('aria-pressed', String(!network))
      drawButtons(now)
      const index = data.models.map(({ serial }) => serial).indexOf(aircraft?.serial ?? '')
      if (index >= 0) models.selectedIndex = index
    },
  }
}
