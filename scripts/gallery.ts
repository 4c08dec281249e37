// npm run gallery [-- --only <part of a state's name>] [-- --engine chromium-70]
//
// Every page in every state, language, theme and size, in the oldest and the newest engine, as pictures in
// shots/gallery. Each is also checked: nothing is wider than the window, cut off or too small to touch, and the console has
// no error. Exits with 1 if a check fails. Look at the pictures yourself: no check judges how they look.
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openBrowser } from '../test/support/browser.ts'
import { ENGINES, hasEngine } from '../test/support/chromium.ts'
import { gallery, LANGUAGES, SIZES, THEMES } from './gallery/run.ts'
import { STATES } from './gallery/states.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    engine: { type: 'string' },
    language: { type: 'string' },
  },
})
const folder = fileURLToPath(new URL('../shots/gallery/', import.meta.url))
if (values.only === '') await rm(folder, { recursive: true, force: true })

let pictures = 0
const faults: string[] = []
for (const engine of ENGINES.filter((name) => hasEngine(name) && name === (values.engine ?? name))) {
  const browser = await openBrowser(engine)
  try {
    const found = await gallery(browser.page, {
      states: STATES.filter(({ name }) => name.includes(values.only)),
      languages: LANGUAGES.filter((name) => name === (values.language ?? name)),
      themes: THEMES,
      sizes: SIZES,
      folder: `${folder}${engine}`,
      onPicture(name, wrong) {
        pictures += 1
        for (const fault of wrong) console.log(`${engine} ${name}: ${fault}`)
      },
    })
    faults.push(...found.map((fault) => `${engine} ${fault}`))
  } finally {
    await browser.close()
  }
}
console.log(`${pictures} pictures in shots/gallery, ${faults.length} faults`)
for (const fault of faults) console.log(`  ${fault}`)
process.exitCode = faults.length === 0 && pictures > 0 ? 0 : 1
