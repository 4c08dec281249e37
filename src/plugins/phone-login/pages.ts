import type { PagesPart } from '../../plugin.ts'
import { ASSETS } from './assets.gen.ts'
import { en } from './texts/en.ts'
import { zh } from './texts/zh.ts'

const asset = (name: string): string => ASSETS[name]?.text ?? ''

/** What the plugin adds to the pages, and the page for phones. */
export const pages: PagesPart = {
  slots: { 'login.top': asset('login.ejs') },
  scripts: { login: asset('login.js'), home: asset('home.js') },
  documents: { approve: { template: asset('approve.ejs'), script: asset('approve.js') } },
  style: asset('phone-login.css'),
  texts: { en, zh },
}
