import { byId, element, show } from './dom.ts'
import type { MapSketch } from './map.ts'
import type { Screen } from './screen.ts'
import type { ControlAnswer, SimulatorData, State } from './server.ts'

export interface Panel {
  send(body: object): Promise<ControlAnswer>
  draw(state: State): void
}

interface Around {
  readonly data: SimulatorData
  readonly screen: Screen
  readonly map: MapSketch
  readonly say: (text: string) => void
  readonly control: (body: object) => Promise<ControlAnswer>
}

const PANES = ['traffic', 'knobs']

/** The buttons around the controller. */
export function createPanel({ data, screen, map, say, control }: Around): Panel {
  let state: State | null = null
  const send: Panel['send'] = (body) => control(body)
  const tell = (body: object): void => {
    send(body)
      .then(({ why }) => say(why === undefined ? '' : why))
      .catch((error: Error) => say(error.message))
  }
  const on = (id: string, what: () => void): void => byId(id).addEventListener('click', what)
  const keeps = (): boolean => state !== null && state.knobs['reloadOnReentry'] === false

  /** Wakes the native side first, so that the bridge works when the page wakes. */
  const open = (): void => {
    send({ do: 'open' })
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

  const models = byId<HTMLSelectElement>('model')
  for (const { name } of data.models) models.appendChild(element('option', '', name))
  models.addEventListener('change', () => {
    const { serial, type, subType } = data.models[models.selectedIndex] ?? {}
    tell({ do: 'aircraft', on: true, serial, type, subType })
  })

  for (const name of PANES)
    on(`tab-${name}`, () => {
      for (const one of PANES) {
        show(`pane-${one}`, one === name)
        byId(`tab-${one}`).setAttribute('aria-pressed', String(one === name))
      }
    })

  const pill = (id: string, text: string, mood: string): void => {
    const field = byId(`pill-${id}`)
    const value = field.querySelector('b')
    if (value !== null) value.textContent = text
    field.setAttribute('data-state', mood)
  }
  const link = (name: string): string =>
    ({ connected: 'good', connecting: 'busy', disconnected: 'bad' })[name] || ''

  return {
    send,
    draw(now) {
      state = now
      const { native, aircraft, network } = now
      pill('mqtt', native.mqtt, link(native.mqtt))
      pill('ws', native.ws, link(native.ws))
      const seen = native.topologyAcknowledged ? 'good' : ''
      pill('aircraft', aircraft === null ? 'off' : aircraft.serial, aircraft === null ? '' : seen)
      pill('network', network ? 'up' : 'lost', network ? 'good' : 'bad')
      byId('aircraft').textContent = aircraft === null ? 'Switch on' : 'Switch off'
      byId('aircraft').setAttribute('aria-pressed', String(aircraft !== null))
      byId('network').textContent = network ? 'Cut' : 'Restore'
      byId('network').setAttribute('aria-pressed', String(!network))
      byId<HTMLButtonElement>('silence').disabled = !network
      const index = data.models.map(({ serial }) => serial).indexOf(aircraft?.serial ?? '')
      if (index >= 0) models.selectedIndex = index
    },
  }
}
