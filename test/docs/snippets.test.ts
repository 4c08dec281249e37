import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../support/run.ts'
import { type Block, blocksOf, pathOf } from './blocks.ts'

// Every `ts` block of the README and of docs/ is a whole program: it is type-checked and run. `get=/path` behind the
// language says what its server must answer with 200; without it, the program must end by itself. `unrun` is for the
// few that need something which a test machine lacks; they are type-checked all the same. `production`: it starts there.
const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(root, '.cache', 'snippets')
const bin = (name: string) => join(root, 'node_modules', '.bin', name)

const pages = [
  'README.md',
  ...(await readdir(join(root, 'docs'), { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const texts = await Promise.all(
  pages.map(async (page) => [page, await readFile(join(root, page), 'utf8')] as const),
)
const blocks = texts.flatMap(([page, text]) => blocksOf(page, text))
/** Lines of an example, which has a test of its own. */
const sourceOf = ({ words }: Block): string | undefined =>
  words.find((word) => word.startsWith('part-of='))?.slice('part-of='.length)
const programs = blocks
  .filter((block) => block.language === 'ts' && sourceOf(block) === undefined)
  .map((block, index) => ({ block, name: `snippet-${index}.ts` }))

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const config = { extends: '../../tsconfig.json', include: ['*.ts'], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  for (const { block, name } of programs) await writeFile(join(folder, name), `${block.code}\nexport {}\n`)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the code blocks of the documentation', () => {
  it('are written in a language that is tested here', () => {
    // js would be neither checked nor run; sh, text and the like are for eyes.
    expect(
      blocks.filter(({ language }) => ['js', 'javascript', 'typescript', 'tsx'].includes(language)),
    ).toEqual([])
    expect(programs.length).toBeGreaterThan(0)
  })

  it('are what the example says, where they are a part of one', async () => {
    const parts = blocks.filter((block) => sourceOf(block) !== undefined)
    expect(parts.length).toBeGreaterThan(3)
    for (const block of parts)
      expect(await readFile(join(root, sourceOf(block) ?? ''), 'utf8'), block.where).toContain(block.code)
  })

  it('have the right types', async () => {
    const how = { cwd: folder, timeout: 280_000 }
    const { code, stdout } = await run(bin('tsc'), ['-p', '.', '--pretty', 'false'], how)
    const report = programs.reduce(
      (text, { block, name }) => text.replaceAll(name, `${block.where} (${name})`),
      stdout,
    )
    expect(code, report).toBe(0)
  }, 300_000)

  const runnable = programs.filter(({ block }) => !block.words.includes('unrun'))
  it.each(runnable.map(({ block, name }) => [block.where, name, block] as const))(
    '%s runs',
    async (_where, name, block) => {
      const { code, stdout, stderr } = await runSnippet(name, block)
      expect(code, stdout + stderr).toBe(0)
    },
    120_000,
  )
})

/** For `production`: what the README's table of variables asks for, made up. */
const PRODUCTION = {
  NODE_ENV: 'production',
  DJI_APP_ID: '100000',
  DJI_APP_KEY: 'made-up-key',
  DJI_APP_LICENSE: 'TUFERS1VUC1GT1ItVEVTVFM=',
  DJI_CLOUD_SECRET: 'made-up-secret-of-these-tests-0123456789',
  DJI_CLOUD_PUBLIC_URL: 'https://cloud.example.com',
  DJI_CLOUD_MQTT_URL: 'ssl://mqtt.example.com:8883',
}

const runSnippet = (name: string, block: Block) => {
  const path = pathOf(block)
  const preload = fileURLToPath(new URL('./loopback.mjs', import.meta.url))
  const env = {
    ...(path === null ? {} : { SNIPPET_GET: path }),
    ...(block.words.includes('production') ? PRODUCTION : {}),
  }
  return run(bin('tsx'), ['--tsconfig', 'tsconfig.json', '--import', preload, name], {
    cwd: folder,
    timeout: 110_000,
    env,
  })
}
