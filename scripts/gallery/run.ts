import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserPage } from '../../test/support/browser.ts'
import { inspect, inspectFocus } from './layout.ts'
import { enter, leave, type State } from './states.ts'

/** CSS pixels and device pixel ratio of the screens of controllers: 5.5 inch, 7 inch, and one with a large font. */
export const SIZES = [
  { name: '960x540', width: 960, height: 540, scale: 2 },
  { name: '1280x800', width: 1280, height: 800, scale: 1.5 },
  { name: '640x360', width: 640, height: 360, scale: 2 },
] as const
export const LANGUAGES = ['en', 'zh'] as const
export const THEMES = ['light', 'dark'] as const
/** The height of a landscape screen above an on-screen keyboard. */
const ABOVE_KEYBOARD = 0.45

export interface Plan {
  readonly states: readonly State[]
  readonly languages: readonly string[]
  readonly themes: readonly string[]
  readonly sizes: readonly (typeof SIZES)[number][]
  /** Folder for the pictures; null: no pictures are taken. */
  readonly folder: string | null
  readonly onPicture?: (name: string, faults: readonly string[]) => void
}

/** Checks every state in every variant. @returns the faults, each with the name of its picture */
export async function gallery(page: BrowserPage, plan: Plan): Promise<readonly string[]> {
  const found: string[] = []
  if (plan.folder !== null) await mkdir(plan.folder, { recursive: true })
  for (const state of plan.states) {
    for (const language of plan.languages) {
      const set = await enter(page, state, language)
      try {
        for (const theme of plan.themes) {
          for (const size of plan.sizes) {
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
  size: (typeof SIZES)[number],
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
