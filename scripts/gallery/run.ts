import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserPage } from '../../test/support/browser.ts'
import { inspect, inspectFocus } from './layout.ts'
import { LONG } from './long-language.ts'
import { enter, leave, type State } from './states.ts'

export interface Size {
  readonly name: string
  /** CSS pixels */
  readonly width: number
  readonly height: number
  /** Device pixel ratio. */
  readonly scale: number
  /** Only for pages that are opened on phones and computers too, not only on controllers. */
  readonly portrait?: true
}

/** Screens of controllers (5.5 inch, 7 inch, large ones, one with a large font), of computers, and a phone. */
export const SIZES: readonly Size[] = [
  { name: '640x360', width: 640, height: 360, scale: 2 },
  { name: '960x540', width: 960, height: 540, scale: 2 },
  { name: '1280x720', width: 1280, height: 720, scale: 1 },
  { name: '1920x1080', width: 1920, height: 1080, scale: 1 },
  { name: '1920x1200', width: 1920, height: 1200, scale: 1.5 },
  { name: '390x844', width: 390, height: 844, scale: 2, portrait: true },
]
export const LANGUAGES = ['en', 'zh', LONG] as const
export const THEMES = ['light', 'dark'] as const
/** The height of a landscape screen above an on-screen keyboard. */
const ABOVE_KEYBOARD = 0.45

export interface Plan {
  readonly states: readonly State[]
  readonly languages: readonly string[]
  readonly themes: readonly string[]
  readonly sizes: readonly Size[]
  /** Folder for the pictures; null: no pictures are taken. */
  readonly folder: string | null
  readonly onPicture?: (name: string, faults: readonly string[]) => void
}

/** Controllers are landscape. Phones and computers show the page for web users, the login page and errors. */
const isForPhones = ({ name, outside }: State): boolean => outside === true || /^(?:login|error)/.test(name)

/** Checks every state in every variant. @returns the faults, each with the name of its picture */
export async function gallery(page: BrowserPage, plan: Plan): Promise<readonly string[]> {
  const found: string[] = []
  if (plan.folder !== null) await mkdir(plan.folder, { recursive: true })
  for (const state of plan.states) {
    for (const language of plan.languages) {
      const set = await enter(page, state, language)
      try {
        for (const theme of plan.themes) {
          for (const size of plan.sizes.filter(({ portrait }) => portrait !== true || isForPhones(state))) {
            const name = `${state.name}-${language}-${theme}-${size.name}`
            const faults = await picture(
              page,
              state,
              theme,
              size,
              plan.folder && join(plan.folder, `${name}.png`),
            )
            plan.onPicture?.(name, faults)
            found.push(...faults.map((fault) => `${name}: ${fault}`))
          }
        }
        const strange = page.problems().filter((problem) => !state.expected?.test(problem))
        found.push(...strange.map((problem) => `${state.name}-${language}: ${problem}`))
      } finally {
        await leave(page, set)
      }
    }
  }
  return found
}

async function picture(
  page: BrowserPage,
  state: State,
  theme: string,
  size: Size,
  path: string | null,
): Promise<readonly string[]> {
  const { keyboard } = state
  const height = keyboard === undefined ? size.height : Math.round(size.height * ABOVE_KEYBOARD)
  await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`)
  await page.size(size.width, height, size.scale)
  // Android scrolls the field that opened the keyboard into the visible part.
  if (keyboard !== undefined)
    await page.evaluate(
      `(function () { var field = document.querySelector('${keyboard}'); field.focus(); field.scrollIntoView({ block: 'center' }) })()`,
    )
  await page.evaluate(
    'new Promise(function (done) { requestAnimationFrame(function () { setTimeout(done) }) })',
  )
  const faults = [...(await inspect(page))]
  if (keyboard !== undefined) faults.push(...(await inspectFocus(page, keyboard)))
  if (path !== null) await page.screenshot(path)
  return faults
}
