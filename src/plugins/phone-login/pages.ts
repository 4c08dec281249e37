import type { PagesPart } from '../../plugin.ts'
import { ASSETS } from './assets.gen.ts'
import { en } from './texts/en.ts'
import { zh } from './texts/zh.ts'

const asset = (name: string): string => ASSETS[name]?.text ?? ''

/**
 * Where the page knows a user already ("Continue as ..."), that comes first, and the phone is for everybody else.
 * @param known whether the slot is the one for that page
 */
const slot = (known: boolean): string =>
  `<% if ((data.sign_in !== null && data.sign_in.user !== null) === ${known}) { %>${asset('login.ejs')}<% } %>`

/** What the plugin adds to the pages, and the page for phones. */
export const pages: PagesPart = {
  slots: { 'login.top': slot(false), 'login.bottom': slot(true) },
  scripts: { login: asset('login.js'), home: asset('home.js') },
  documents: { approve: { template: asset('approve.ejs'), script: asset('approve.js') } },
  style: asset('phone-login.css'),
  texts: { en, zh },
}
