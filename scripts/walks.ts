// npm run walks (-- --list, --json, --write): how many source files three walks cross, and how often they climb. A file is crossed when one of its
// functions runs. A reader of the code of a walk has to open these files, so fewer is better. A walk climbs when a file calls
// a function of another file that imports it: the reader has to go back to a file above to find what happens next.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { startPlatform } from './walks/flight.ts'
import { instrument } from './walks/instrumented.ts'
import { createRecorder } from './walks/recorder.ts'
import { climbs, files, inEveryRound, tree, WALKS, type Walk } from './walks/walk.ts'

/** Its section "Three walks" has a block for each walk. */
const PAGE = fileURLToPath(new URL('../docs/architecture.md', import.meta.url))
/** The end of earlier work may also run during a walk. Only files that occur in every round count. */
const ROUNDS = 5

const recorder = createRecorder()
holdIntervals(() => recorder.recording)
const source = await instrument(fileURLToPath(new URL('../src/', import.meta.url)), 'express.ts', recorder)
let page = await readFile(PAGE, 'utf8')
try {
  const { djiCloud } = (await import(source.entry)) as typeof import('../src/express.ts')
  const platform = await startPlatform(djiCloud)
  const rounds: Record<string, Walk>[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const flight = await platform.fly()
    // Run everything once before, because code that runs only the first time is not part of a walk.
    await flight.ask()
    await flight.report()
    rounds.push({
      ask: await recorder.record(flight.ask),
      report: await recorder.record(flight.report),
      leave: await recorder.record(flight.leave),
    })
  }
  for (const [name, title] of Object.entries(WALKS)) {
    const walk = inEveryRound(rounds.map((round) => round[name] ?? []))
    const up = climbs(walk, source.imports)
    const crossed = [...files(walk)]
    if (process.argv.includes('--json')) {
      console.log(JSON.stringify({ name, files: crossed, climbs: up }))
      continue
    }
    console.log(`${crossed.length} files and ${up.length} climbs ${title}`)
    if (process.argv.includes('--list')) console.log(tree(walk, up).replace(/^/gm, '    '))
    page = withBlock(page, title, tree(walk, up))
  }
  await platform.stop()
  if (process.argv.includes('--write')) await writeFile(PAGE, page)
} finally {
  await source.remove()
}

/** Replaces the block below the heading of a walk in the page. */
function withBlock(text: string, title: string, block: string): string {
  const heading = `### ${title[0]?.toUpperCase()}${title.slice(1)}`
  const from = text.indexOf('```\n', text.indexOf(heading)) + 4
  return `${text.slice(0, from)}${block}\n${text.slice(text.indexOf('```', from))}`
}

/** Work that repeats on a timer is not part of a walk, even if it runs during one. */
function holdIntervals(isHeld: () => boolean): void {
  const every = globalThis.setInterval
  globalThis.setInterval = Object.assign(
    (run: (...given: unknown[]) => void, ...rest: [number, ...unknown[]]) =>
      every(
        (...given: unknown[]) => {
          if (!isHeld()) run(...given)
        },
        ...rest,
      ),
    every,
  )
}
