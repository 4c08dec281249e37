import { randomBytes } from 'node:crypto'
import { API_PATH, type HttpResponse, pageHeaders, toIsland } from '../../plugin.ts'
import { KNOBS, PRESETS } from '../../testing/index.ts'
import { ASSETS } from './assets.gen.ts'
import { MODELS } from './models.ts'

/** Removes references to the facts from texts, because readers of the page do not have them. */
const spoken = (table: object): unknown => JSON.parse(JSON.stringify(table).replace(/ \(facts [^)]*\)/g, ''))

/** The simulator's own page. It contains no data of any user; the controller is made by the page's first request. */
export function simulatorPage(base: string, mount: string, needsToken: boolean): HttpResponse {
  const nonce = randomBytes(16).toString('base64')
  const asset = (name: string): string => `${base}/assets/${ASSETS[name]?.hash ?? ''}/${name}`
  const data = {
    base,
    access: `${mount}/pilot`,
    login: `${mount}${API_PATH}/login`,
    needsToken,
    knobs: spoken(KNOBS),
    presets: spoken(PRESETS),
    models: MODELS,
  }
  const fields: Readonly<Record<string, string>> = {
    nonce,
    style: asset('simulator.css'),
    script: asset('simulator.js'),
    data: `<script type="application/json" id="simulator-data" nonce="${nonce}">${toIsland(data)}</script>`,
  }
  const html = ASSETS['simulator.html']?.text ?? ''
  return {
    status: 200,
    // The platform's own pages are shown in a frame of this one.
    headers: pageHeaders(nonce, { 'frame-src': "'self'", 'form-action': "'none'" }),
    body: html.replace(/\{\{(\w+)\}\}/g, (_, name: string) => fields[name] ?? ''),
  }
}
