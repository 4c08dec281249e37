import { randomBytes } from 'node:crypto'
import { API_PATH, type HttpResponse, pageHeaders, toIsland } from '../../plugin.ts'
import { KNOBS, PRESETS } from '../../testing/index.ts'
import { ASSETS } from './assets.gen.ts'
import { faultsIn } from './fault-texts.ts'
import { MODELS } from './models.ts'
import { textsIn } from './texts/index.ts'

/** Removes references to the facts from texts, because readers of the page do not have them. */
const spoken = (table: object): unknown => JSON.parse(JSON.stringify(table).replace(/ \(facts [^)]*\)/g, ''))

/** The simulator's own page. It contains no data of any user; the controller is made by the page's first request. */
/** @param language of the page; English if the simulator has no texts in it */
export function simulatorPage(
  base: string,
  mount: string,
  needsToken: boolean,
  language: string,
): HttpResponse {
  const { texts, lang } = textsIn(language)
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
    faults: faultsIn(lang),
  }
  const fields: Readonly<Record<string, string>> = {
    nonce,
    style: asset('simulator.css'),
    script: asset('simulator.js'),
    data: [island('simulator-data', nonce, data), island('simulator-texts', nonce, texts)].join('\n  '),
  }
  const html = ASSETS['simulator.html']?.text ?? ''
  return {
    status: 200,
    // The platform's own pages are shown in a frame of this one.
    headers: pageHeaders(nonce, { 'frame-src': "'self'", 'form-action': "'none'" }),
    body: html
      .replace('<html lang="en">', `<html lang="${lang}">`)
      .replace(/\{\{t:([\w.]+)\}\}/g, (_, key: string) => escaped(texts[key as keyof typeof texts] ?? key))
      .replace(/\{\{(\w+)\}\}/g, (_, name: string) => fields[name] ?? ''),
  }
}

const island = (id: string, nonce: string, value: unknown): string =>
  `<script type="application/json" id="${id}" nonce="${nonce}">${toIsland(value)}</script>`

const MARKS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replace(/[&<>"]/g, (mark) => MARKS[mark] ?? mark)
