import { ask } from './ask.ts'
import { isRunning } from './buttons.ts'
import { copyText } from './copying.ts'
import { byId, show } from './dom.ts'
import { createFaults } from './faults.ts'
import { createKnobs } from './knobs.ts'
import { readLink, writeLink } from './link.ts'
import { createLog } from './log.ts'
import { createMap } from './map.ts'
import { createPanel } from './panel.ts'
import { createReadings } from './readings.ts'
import { createScreen } from './screen.ts'
import { createServer, Refused } from './server.ts'
import { createTour } from './tour.ts'
import type { Created, Entry, SimulatorData, State } from './types.ts'
import { t } from './words.ts'

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
  const map = createMap(() => {
    if (last !== null) panel.draw(last)
  })
  const panel = createPanel({
    data,
    screen,
    map,
    say,
    control: (body) => server.control(id, body).then(taken),
  })
  const readings = createReadings(panel.tell)
  /** Starts another controller. Asks first, if this one does something. */
  const restart = async (setup: object): Promise<void> => {
    if (last !== null && isRunning(last) && !(await ask(t('ask.restart')))) return
    await panel.send({ do: 'configure', ...setup })
    screen.hide(false)
    screen.forget(id)
  }
  const knobs = createKnobs(data, (preset, chosen) =>
    restart({ preset, knobs: chosen, fault: preset === last?.preset ? last?.fault : null }),
  )
  const faults = createFaults(data, (fault) => {
    restart({ preset: last?.preset ?? null, fault }).catch((error: Error) => say(error.message))
  })
  byId('copy-link').addEventListener('click', () => {
    if (last === null) return
    copyText(`${location.href.replace(/#.*$/, '')}${writeLink(last, data)}`)
    say(t('knobs.copied'))
  })
  let after = 0
  /** The server did not answer. Its next answer takes that message away. */
  let unanswered = false
  let last: State | null = null

  const draw = (state: State): void => {
    last = state
    screen.draw(state)
    panel.draw(state)
    knobs.draw(state)
    faults.draw(state)
    readings.draw(state)
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

  const hear = (entries: readonly Entry[]): void =>
    log.add(entries, { network: last?.network !== false, ended: last !== null && last.ended !== null })

  window.djiSimulator = {
    offline: false,
    requested(method, url, status) {
      hear([{ seq: 0, at: Date.now(), type: 'http', side: 'page', method, url, status }])
    },
  }

  async function listen(): Promise<void> {
    for (;;) {
      try {
        const { entries, state } = await server.news(id, after)
        if (unanswered) say('')
        unanswered = false
        for (const entry of entries) {
          after = entry.seq
          if (entry.type === 'callback') screen.deliver(entry, state)
          if (entry.type === 'page' && entry['state'] !== 'opened')
            screen.hide(entry['state'] === 'left' && state.knobs['reloadOnReentry'] === false)
          const place = placeOf(entry, last)
          if (place !== null) map.aircraft(place)
        }
        draw(state)
        hear(entries)
        readings.heard(entries, state)
      } catch (error) {
        if (error instanceof Refused && error.status === 404) return say(t('switchedOff'))
        unanswered = true
        say(t('noAnswer'))
        await new Promise((resolve) => window.setTimeout(resolve, 1_500))
      }
    }
  }
  show('gate', false)
  show('desk', true)
  draw(first)
  createTour(panel.openTab, panel.currentTab).beginOnce()
  void listen()
}

function placeOf(entry: { readonly type: string; readonly [field: string]: unknown }, state: State | null) {
  const serial = state?.aircraft?.serial
  if (entry.type !== 'mqtt.out' || entry['topic'] !== `thing/product/${serial}/osd`) return null
  const { latitude, longitude } = (entry['payload'] as { data: { latitude?: number; longitude?: number } })
    .data
  return latitude === undefined || longitude === undefined ? null : { latitude, longitude }
}

/** Starts the controller that the link describes, or the usual one if the link cannot be used. */
async function begin(token: string | null): Promise<void> {
  const { wrong, ...setup } = readLink(location.hash, data)
  const isUsual = Object.keys(setup.knobs).length === 0 && setup.preset === null && setup.fault === null
  try {
    run(await server.create(token, isUsual ? {} : setup))
  } catch (error) {
    if (isUsual || !(error instanceof Refused) || error.status !== 400) throw error
    run(await server.create(token, {}))
    return say(t('knobs.wrongLink', { names: error.message }))
  }
  if (wrong.length > 0) say(t('knobs.wrongLink', { names: wrong.join(', ') }))
}

/** A user who is logged in on the pages of the platform needs no second login: not every login is a name and a password. */
function keptToken(): string | null {
  try {
    return localStorage.getItem('dji-cloud.token')
  } catch {
    return null
  }
}

// A link of a set-up that is opened over this page changes only the part after `#`, and no browser loads a page for that.
window.addEventListener('hashchange', () => location.reload())

const kept = keptToken()
if (!data.needsToken) begin(null).catch((error: Error) => say(error.message))
else if (kept === null || kept === '') show('gate', true)
else begin(kept).catch(() => show('gate', true))
byId('gate').addEventListener('submit', (event) => {
  event.preventDefault()
  const password = byId<HTMLInputElement>('gate-password')
  server
    .login(byId<HTMLInputElement>('gate-username').value, password.value)
    .then((token) => {
      say('')
      return begin(token)
    })
    .catch((error: Error) => say(error.message))
  password.value = ''
})
