import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run, succeed } from '../support/run.ts'
import { promisedValues } from './promised.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const bin = (name: string) => join(root, 'node_modules', '.bin', name)
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock']

let folder = ''
let tarball = ''
let files: string[] = []

// The tarball is what people get, so it is what is tested: built, packed and installed once for all tests here.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dji-cloud-package-'))
  const printed = await succeed('npm', ['pack', '--json', '--pack-destination', folder], root)
  const [packed] = JSON.parse(printed.slice(printed.search(/^\[/m))) as [
    { filename: string; files: { path: string }[] },
  ]
  tarball = join(folder, packed.filename)
  files = packed.files.map((file) => file.path)
}, 180_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the tarball', () => {
  it('holds every file that package.json points at', () => {
    const targets = JSON.stringify(manifest.exports).match(/\.\/(?:dist\/[^"]+|package\.json)(?=")/g) ?? []
    expect(targets.length).toBeGreaterThan(20)
    for (const target of [...targets, manifest.main, manifest.module, manifest.types]) {
      expect(files).toContain(target.slice(2))
    }
  })

  it('holds the templates for those who want to start from them', () => {
    expect(files).toEqual(
      expect.arrayContaining(['src/views/login.ejs', 'src/views/home.ejs', 'src/views/error.ejs']),
    )
  })

  it('holds nothing else but the examples: no sources, tests or maps', () => {
    const known =
      /^(dist\/[\w.-]+\.(mjs|cjs|d\.mts|d\.cts)|src\/views\/.+\.(ejs|css)|docs\/.+\.(md|png|webp)|examples\/.+\.(ts|js|json|ejs|html|svg)|[A-Z]+\.md|LICENSE|package\.json)$/
    expect(files.filter((path) => !known.test(path))).toEqual([])
  })

  it('holds every page that a page in it links to', async () => {
    const missing = await Promise.all(
      files
        .filter((path) => path.endsWith('.md'))
        .map(async (page) => {
          const text = await readFile(join(root, page), 'utf8')
          const targets = [...text.matchAll(/\]\((?![a-z]+:)([^)\s#]+)/g)].map((match) =>
            join(dirname(page), match[1] ?? ''),
          )
          return targets
            .filter((target) => !/^(test|scripts|src)(\/|$)/.test(target))
            .filter((target) => !files.some((path) => path === target || path.startsWith(`${target}/`)))
            .map((target) => `${page} -> ${target}`)
        }),
    )
    expect(missing.flat()).toEqual([])
  })

  it('passes publint', async () => {
    const bytes = await readFile(tarball)
    const { messages, pkg } = await publint({
      pack: {
        tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
      },
      strict: true,
    })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  it('has types that fit its code in every way of resolving it', async () => {
    const { code, stdout, stderr } = await run(bin('attw'), [tarball, '--no-color'], {
      cwd: root,
    })
    expect(code, stdout + stderr).toBe(0)
  })
})

describe('an app with Express that installs it', () => {
  let app = ''

  beforeAll(async () => {
    app = join(folder, 'app')
    await mkdir(app)
    await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true }))
    const types = ['express', '@types/express', '@types/node'].map(
      (name) => `${name}@${manifest.devDependencies[name]}`,
    )
    await succeed('npm', [...install, tarball, ...types], app)
  }, 180_000)

  it.each(['module', 'commonjs'])(
    'compiles and serves the pages as %s',
    async (type) => {
      const folderOfType = join(app, type)
      await cp(fileURLToPath(new URL('./consumer/', import.meta.url)), folderOfType, { recursive: true })
      await writeFile(join(folderOfType, 'package.json'), JSON.stringify({ private: true, type }))
      await succeed(bin('tsc'), ['-p', '.'], folderOfType)

      const printed = await succeed('node', ['out/server.js'], folderOfType)
      const report = JSON.parse(printed.trim().split('\n').at(-1) ?? '')
      expect(report).toMatchObject({ page: 200, own: { own: true }, core: 'function', guard: false })
      expect(report.type).toMatch(/^text\/html/)
      expect(report.assets.length).toBeGreaterThanOrEqual(2)
      for (const [path, status] of report.assets) expect([path, status]).toEqual([path, 200])
    },
    120_000,
  )
})

describe('an app with a compiler that knows no exports', () => {
  it('finds the types of every entry', async () => {
    const older = join(folder, 'app', 'older')
    await mkdir(older)
    const entries = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'))
    const source = entries.map((path, index) => `export * as m${index} from 'dji-cloud${path.slice(1)}'`)
    await writeFile(join(older, 'all.ts'), source.join('\n'))
    const flags = ['--module', 'commonjs', '--moduleResolution', 'node10', '--target', 'es2022']
    const { code, stdout } = await run(
      bin('tsc'),
      [...flags, '--strict', '--noEmit', '--skipLibCheck', 'all.ts'],
      { cwd: older },
    )
    expect(entries.length).toBeGreaterThan(4)
    expect(code, stdout).toBe(0)
  }, 60_000)
})

describe('an app with neither Express nor Koa', () => {
  let app = ''

  beforeAll(async () => {
    app = join(folder, 'bare')
    await mkdir(app)
    await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'bare', private: true }))
    await succeed('npm', [...install, tarball], app)
  }, 180_000)

  it.each(Object.keys(manifest.exports))('can load %s both ways', async (path) => {
    const name = path.replace(/^\./, 'dji-cloud')
    if (path.endsWith('.json')) return
    const names =
      'console.log(Object.keys(it).filter((name) => name !== "default" && name !== "module.exports").sort().join())'
    const required = await succeed('node', ['-e', `const it = require('${name}'); ${names}`], app)
    const imported = await succeed(
      'node',
      ['--input-type=module', '-e', `import * as it from '${name}'; ${names}`],
      app,
    )
    expect(required.trim()).not.toBe('')
    expect(imported).toBe(required)
    const here = required.trim().split(',')
    expect(promisedValues(app, name, 'import')).toEqual(here)
    expect(promisedValues(app, name, 'require')).toEqual(here)
  })

  it.each(['dji-cloud', 'dji-cloud/express', 'dji-cloud/koa'])(
    'loads no broker, template engine or framework with %s',
    async (name) => {
      const script = `require('${name}'); console.log(JSON.stringify([Object.keys(require.cache), process.moduleLoadList]))`
      const [loaded, builtIn] = JSON.parse(await succeed('node', ['-e', script], app)) as string[][]
      // It costs 14 ms, and apps that have HTTP/2 load it themselves.
      expect(builtIn).toContain('NativeModule http')
      expect(builtIn).not.toContain('NativeModule http2')
      const packages = new Set(
        loaded?.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1]),
      )
      expect(packages).toContain('dji-cloud')
      // aedes is ESM and leaves no trace in this cache, but what it loads does.
      for (const heavy of ['aedes-packet', 'mqtt-packet', 'mqemitter', 'mqtt', 'ejs', 'express', 'koa']) {
        expect(packages).not.toContain(heavy)
      }
    },
  )
})
