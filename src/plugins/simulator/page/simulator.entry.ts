import { byId, show } from './dom.ts'
import { createKnobs } from './knobs.ts'
import { createLog } from './log.ts'
import { createMap } from './map.ts'
import { createPanel } from './panel.ts'
import { createScreen } from './screen.ts'
import { type Created, createServer, Refused, type SimulatorData, type State } from './server.ts'

declare global {
  interface Window {
    /** The functions that the page in the frame may call. */
    djiSimulator?: {
      offline: boolean
      requested(method: string, url: string, status: number): void
    }
  }
}

const data = JSON.parse(byId('simulator-data').textContent || '') as SimulatorData
const server = createServer(data)

function say(text: string): void {
  byId('banner').textContent = text
  show('banner', text !== '')
}

function run({ id, state: first }: Created): void {
  const screen = createScreen(data)
  const log = createLog()
  const map = createMap((points) => {
    byId<HTMLButtonElement>('fly').disabled = points === 0
  })
  const panel = createPanel({
    data,
    screen,
    map,
    say,
    control: (body) => server.control(id, body).then(taken),
  })
  const knobs = createKnobs(data, async (preset, chosen) => {
    await panel.send({ do: 'configure', preset, knobs: chosen })
    screen.hide(false)
    screen.forget(id)
  })
  let after = 0
  let last: State | null = null

  const draw = (state: State): void => {
    last = state
    screen.draw(state)
    panel.draw(state)
    knobs.draw(state)
    if (window.djiSimulator !== undefined) window.djiSimulator.offline = !state.network
    if (state.aircraft === null || state.native.mqtt !== 'connected') map.aircraft(null)
  }
  function taken<T extends { readonly state: State; readonly was?: string; readonly now?: string }>(
    answer: T,
  ): T {
    if (answer.was !== undefined && answer.now !== undefined) screen.exchange(id, answer.was, answer.now)
    draw(answer.state)
    return answer
  }

  window.djiSimulator = {
    offline: false,
    requested(method, url, status) {
      log.add([{ seq: 0, at: Date.now(), type: 'http', side: 'page', method, url, status }])
    },
  }

  async function listen(): Promise<void> {
    for (;;) {
      try {
        const { entries, state } = await server.news(id, after)
        say('')
        for (const entry of entries) {
          after = entry.seq
          if (entry.type === 'callback') screen.deliver(entry, state)
          if (entry.type === 'page' && entry['state'] !== 'opened')
            screen.hide(entry['state'] === 'left' && state.knobs['reloadOnReentry'] === false)
          const place = placeOf(entry, last)
          if (place !== null) map.aircraft(place)
        }
        log.add(entries)
        draw(state)
      } catch (error) {
        if (error instanceof Refused && error.status === 404)
          return say(
            'This controller was switched off: another tab took its place, or the app was restarted. Reload to start one.',
          )
        say('The app does not answer. It is asked again.')
        await new Promise((resolve) => window.setTimeout(resolve, 1_500))
      }
    }
  }
  show('gate', false)
  show('desk', true)
  draw(first)
  void listen()
}

function placeOf(entry: { readonly type: string; readonly [field: string]: unknown }, state: State | null) {
  const serial = state?.aircraft?.serial
  if (entry.type !== 'mqtt.out' || entry['topic'] !== `thing/product/${serial}/osd`) return null
  const { latitude, longitude } = (entry['payload'] as { data: { latitude?: number; longitude?: number } })
    .data
  return latitude === undefined || longitude === undefined ? null : { latitude, longitude }
}

async function begin(token: string | null): Promise<void> {
  run(await server.create(token))
}

/** A user who is logged in on the pages of the platform needs no second login: not every login is a name and a password. */
function keptToken(): string | null {
  try {
    return localStorage.getItem('dji-cloud.token')
  } catch {
    return null
  }
}

const kept = keptToken()
if (!data.needsToken) begin(null).catch((error: Error) => say(error.message))
else if (kept === null || kept === '') show('gate', true)
else begin(kept).catch(() => show('gate', true))
byId('gate').addEventListener('submit', (event) => {
  event.preventDefault()
  const password = byId<HTMLInputElement>('gate-password')
  server
    .login(byId<HTMLInputElement>('gate-username').value, password.value)
    .then(begin)
    .then(() => say(''))
    .catch((error: Error) => say(error.message))
  password.value = ''
})
