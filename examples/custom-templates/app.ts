// Changes the pages step by step. Each `step` below works without the steps after it. See docs/customising.md.

import { fileURLToPath } from 'node:url'
import { type DjiCloudOptions, loadTemplates } from 'dji-cloud'
import { djiCloud } from 'dji-cloud/express'
import express from 'express'
import { fr, own } from './texts.ts'

export const steps = {
  /** 1. Words: replaces some of the bundled texts. */
  texts: {
    pages: {
      title: 'Mountain Rescue',
      messages: { en: { 'login.title': 'Rescue crews', 'login.submit': 'Start duty' } },
    },
  },
  /** 2. A language: one file of texts, also with this app's own. A text that is missing in the file is shown in English. */
  language: { pages: { messages: { en: own, fr } } },
  /** 3. Colours, corners and a logo. The contrast of each pair is checked when the app starts. */
  theme: {
    pages: {
      logo: '/static/logo.svg',
      theme: {
        radius: 4,
        light: { main: '#8a1c00', onMain: '#ffffff' },
        dark: { main: '#ffb59f', onMain: '#2b0900' },
      },
    },
  },
  /** 4. More locals, and one partial that shows them. */
  partial: {
    views: {
      locals: { hotline: '+41 00 000 00 00' },
      templates: { 'partials/header': loadTemplates(folder('./views'))['partials/header'] ?? '' },
    },
  },
  /** 5. Your own templates for whole pages, with your own texts and a panel with a script. They still include bundled partials. */
  page: {
    pages: { messages: { en: own, fr } },
    views: {
      locals: { hotline: '+41 00 000 00 00' },
      templates: loadTemplates(folder('./views')),
    },
  },
  /** 6. A function, for any template engine. `next()` renders the bundled page. */
  render: {
    views: {
      render: async (page, _locals, next) => {
        const html = await next()
        return page === 'login'
          ? html.replace('</main>', '<p class="support">Duty room: 117</p></main>')
          : html
      },
    },
  },
  /** Buttons on the main page that start other apps of the controller. */
  apps: {
    pages: { apps: [{ name: 'Crew radio', url: 'crewradio://open', package: 'com.example.crewradio' }] },
  },
} as const satisfies Record<string, DjiCloudOptions>

export function buildApp(step: keyof typeof steps, options: DjiCloudOptions = {}) {
  const app = express()
  app.use('/static', express.static(folder('./public')))
  const cloud = djiCloud({ ...options, ...steps[step] })
  app.use(cloud)
  return { app, cloud }
}

function folder(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
