import { type RecorderData, showButton } from './button.ts'
import { createTape } from './tape.ts'
import { recordedBridge } from './wrap.ts'

interface Recorded extends Window {
  djiCloudRecorder?: RecorderData
  djiBridge?: Record<string, unknown>
}

/** How long to wait for the bridge, which Pilot may inject late (facts A3). */
const WAIT_MS = 20_000

const page = window as unknown as Recorded
const data = page.djiCloudRecorder
const tape = createTape()
const began = Date.now()
let bridge: Record<string, unknown> | undefined

function take(native: Record<string, unknown> | undefined): void {
  if (native === undefined || native === bridge) return
  bridge = recordedBridge(native, tape)
  tape.add({ kind: 'page', what: 'bridge', detail: `${Date.now() - began} ms after the first script` })
}

/** It is not verified that a late bridge calls the setter, so also check for it regularly. */
function stand(): void {
  take(page.djiBridge)
  Object.defineProperty(page, 'djiBridge', {
    configurable: true,
    get: () => bridge,
    set: (native: Record<string, unknown> | undefined) => take(native),
  })
}

tape.add({ kind: 'page', what: 'loaded', detail: location.pathname.slice(-60) })
stand()
const look = window.setInterval(() => {
  if (page.djiBridge !== bridge) stand()
  if (Date.now() - began > WAIT_MS) window.clearInterval(look)
}, 50)
window.addEventListener('pagehide', () => tape.add({ kind: 'page', what: 'hidden', detail: '' }))
document.addEventListener('DOMContentLoaded', () => {
  if (data !== undefined) showButton(tape, data)
})
