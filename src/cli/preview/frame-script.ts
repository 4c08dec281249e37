import { toIsland } from '../../core/pages/island.ts'
import type { FrameData } from './frame-data.ts'

/**
 * Runs in a frame before every script of its page: gives the page a fake Pilot, a fake server and a fake storage, and
 * then brings the page into its state. It runs in the browser of a developer, so it need not work in old browsers.
 */
export const frameScript = (data: FrameData): string => `(function (given) {
  'use strict'
  const { pilot, server } = given
  let isAway = server.away

  const disk = new Map(Object.entries(given.storage))
  const storage = {
    getItem: (key) => (disk.has(key) ? disk.get(key) : null),
    setItem: (key, value) => void disk.set(key, String(value)),
    removeItem: (key) => void disk.delete(key),
  }
  Object.defineProperty(window, 'localStorage', { configurable: true, value: storage })
  Object.defineProperty(window, 'sessionStorage', { configurable: true, value: { ...storage } })

  // The live connection is there, and nothing comes by it.
  window.WebSocket = function () {
    setTimeout(() => this.onopen())
    this.close = () => {}
  }

  const said = (data, code = 0, message = 'success') => JSON.stringify({ code, message, data })
  if (pilot !== null) window.djiBridge = createPilot()

  function createPilot() {
    const loaded = new Set()
    const up = new Set()
    let verified = false
    let token = ''
    const methods = {
      platformVerifyLicense: () => {
        if (pilot.license === 'malformed') return said(null, -1, 'bad base64')
        verified = true
        return said(true)
      },
      platformIsVerified: () => said(verified),
      platformGetVersion: () => said({ appVersion: '10.1.8.18', modelVersion: '1.0.0' }),
      platformGetRemoteControllerSN: () => said(verified ? 'RCFAKE00000001' : ''),
      platformGetAircraftSN: () => said(pilot.aircraft ? '1581FAKE000000000001' : ''),
      platformSetWorkspaceId: () => said(true),
      platformSetInformation: () => said(true),
      platformIsAppInstalled: () => said(false),
      platformLoadComponent: (name, text) => {
        loaded.add(name)
        if (name === 'api') token = JSON.parse(text).token
        if ((name === 'thing' || name === 'ws') && pilot.connects) up.add(name)
        return said(true)
      },
      platformIsComponentLoaded: (name) => said(loaded.has(name)),
      platformUnloadComponent: (name) => {
        loaded.delete(name)
        up.delete(name)
        return said(true)
      },
      platformStopSelf: () => said(true),
      apiGetToken: () => said(token),
      apiSetToken: (next) => {
        token = next
        return said(true)
      },
      thingConnect: () => {
        if (pilot.connects) up.add('thing')
        return said(true)
      },
      thingGetConnectState: () => said(up.has('thing')),
      wsGetConnectState: () => said(up.has('ws')),
      liveshareSetVideoPublishType: () => said(true),
      liveshareSetStatusCallback: () => said(true),
      liveshareGetStatus: () => said({ status: 1 }),
      liveshareGetConfig: () => said({ type: 2, params: '{"url":"rtmp://live.example.com/pia"}' }),
      mediaGetAutoUploadPhoto: () => said(true),
      mediaGetUploadPhotoType: () => said(0),
      mediaGetAutoUploadVideo: () => said(false),
    }
    for (const name of pilot.missing) delete methods[name]
    return methods
  }

  /** Ages count from the moment of the question. */
  function situation() {
    const now = Date.now()
    const at = (device) => device && { ...device, last_report_at: now - server.reportAgeMs }
    const { controller, aircraft, others, ...rest } = given.situation
    return { ...rest, now, controller: at(controller), aircraft: aircraft.map(at), others: others.map(at) }
  }
  const soon = () => Math.floor(Date.now() / 1000) + 43_200
  const good = (data) => ({ status: 200, code: 0, data })
  const ANSWERS = [
    [/\\/login\\/challenge$/, () => server.challenge],
    [/\\/login$/, () => server.login],
    [/\\/token\\/verify$/, () => good({ status: 'valid', expires_at: soon() })],
    [/\\/mqtt\\/credentials$/, () => good({ host: 'tcp://' + location.hostname + ':1883', username: 'fake', password: 'fake', expires_at: soon() })],
    [/\\/users\\/current$/, () => good({ mqtt_addr: 'tcp://' + location.hostname + ':1883', mqtt_username: 'fake', mqtt_password: 'fake' })],
    [/\\/pilot\\/bootstrap$/, () => good({ ...given.bootstrap, server_time: Math.floor(Date.now() / 1000) })],
    [/\\/pilot\\/situation$/, () => good(situation())],
    [/\\/pilot\\/fleet\\/devices$/, () => good(given.fleet)],
    [/\\/logout$/, () => good({})],
  ]
  window.fetch = async (url) => {
    if (isAway) throw new TypeError('Failed to fetch')
    const { pathname } = new URL(url, location.href)
    const row = ANSWERS.find(([pattern]) => pattern.test(pathname))
    const { status, code, data } = row === undefined ? { status: 404, code: 404001, data: null } : row[1]()
    return new Response(JSON.stringify({ code, message: code === 0 ? 'success' : 'A made-up answer.', data }), { status })
  }

  const realNow = Date.now
  let ahead = 0
  Date.now = () => realNow() + ahead

  const isShown = (element) => element !== null && element.getClientRects().length > 0
  /** False: it cannot be done yet. */
  function done([what, argument, text]) {
    if (what === 'later') {
      ahead += argument
      return true
    }
    if (what === 'away') {
      isAway = true
      return true
    }
    const element = document.querySelector(argument)
    if (!isShown(element) || element.disabled) return false
    if (what === 'click') element.click()
    if (what === 'open') element.open = true
    if (what === 'fill') {
      element.value = text
      element.dispatchEvent(new Event('input', { bubbles: true }))
      element.dispatchEvent(new Event('change', { bubbles: true }))
    }
    return true
  }
  const left = given.acts.slice()
  function goOn() {
    // Not before the page's own script runs.
    while (window.djiCloudStarted === true && left.length > 0 && done(left[0])) left.shift()
    if (left.length > 0) setTimeout(goOn, 50)
    else document.documentElement.setAttribute('data-preview', 'done')
  }
  document.addEventListener('DOMContentLoaded', goOn)
})(${toIsland(data)})`
