// npm run gallery [-- --only fleet-one,home] [--engine chromium-70] [--language en,zh,qaa] [--theme dark] [--size 390x844]
//
// Every page in every state, language, theme and size, in the oldest and the newest engine, as pictures in
// shots/gallery. The language qaa is made up: each of its texts is as long as its key allows. Each picture is also checked: nothing is
// wider than the window, cut off, on top of another or too small to touch, and the console has no error. Exits with 1 if a check
// fails. `--only` takes parts of names, or `=home` for that one state. Look at the pictures yourself: no check judges how they look.
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
    theme: { type: 'string' },
    size: { type: 'string' },
  },
})
const listed = (given: string | undefined, name: string): boolean =>
  given === undefined || given.split(',').includes(name)
const isWanted = (name: string): boolean =>
  values.only.split(',').some((part) => (part.startsWith('=') ? name === part.slice(1) : name.includes(part)))
const folder = fileURLToPath(new URL('../shots/gallery/', import.meta.url))
if (values.only === '') await rm(folder, { recursive: true, force: true })

let pictures = 0
const faults: string[] = []
for (const engine of ENGINES.filter((name) => hasEngine(name) && listed(values.engine, name))) {
  const browser = await openBrowser(engine)
  try {
    const found = await gallery(browser.page, {
      states: STATES.filter(({ name }) => isWanted(name)),
      languages: LANGUAGES.filter((name) => listed(values.language, name)),
      themes: THEMES.filter((name) => listed(values.theme, name)),
      sizes: SIZES.filter(({ name }) => listed(values.size, name)),
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
