import { readFileSync } from 'node:fs'
import type { Messages } from 'dji-cloud'

/** Texts of this app itself: keys that begin with `own.`. Templates and scripts show them like all others. */
export const own = {
  'own.duty.title': 'Duty room',
  'own.duty.well': 'All is well. The duty room answers at {hotline}.',
  'own.duty.battery': 'The aircraft has {percent} % of its battery: land, then call {hotline}.',
  'own.duty.call': 'Call the duty room: {hotline}.',
  'own.duty.crews': 'Crews on duty only.',
  'own.duty.plan': 'Duty plan',
}

/**
 * A whole language, with this app's own texts. `npx dji-cloud texts fr > fr.json` wrote the file for the translator, and
 * `npx dji-cloud texts fr --check fr.json` says what is missing.
 */
export const fr: Messages[string] = JSON.parse(readFileSync(new URL('./fr.json', import.meta.url), 'utf8'))
