import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, sep } from 'node:path'
import { type Asset, type Assets, textOf } from '../../core/http/handlers/assets.ts'
import { isOwnHost } from '../../core/http/own-host.ts'
import { assetHeaders, pageHeaders } from '../../core/http/page-headers.ts'
import { ASSETS } from '../../views/embedded-assets.gen.ts'
import { faultHtml, overviewHtml } from './overview.ts'
import { type PreviewInput, renderState, warningsOf } from './pages.ts'
import { PREVIEW_STATES } from './states.ts'
import { watchFolder } from './watch-folder.ts'

export interface PreviewOptions extends PreviewInput {
  readonly port: number
  readonly language: string
  /** A folder whose files are served below a path, such as `/static`. */
  readonly statics: { readonly path: string; readonly folder: string } | null
}

export interface Preview {
  readonly url: string
  close(): Promise<void>
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/** The server of the preview. It listens on this machine only. */
export async function startPreview(options: PreviewOptions): Promise<Preview> {
  const watchers = new Set<ServerResponse>()
  const assets: Assets = { ...ASSETS, ...options.own.additions.assets }
  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`The preview has failed: ${error instanceof Error ? error.message : String(error)}`)
    })
  })
  const unwatch = watchFolder(options.folder, (file) => {
    for (const response of watchers)
      response.write(`event: change\ndata: ${JSON.stringify({ file: file.split(sep).join('/') })}\n\n`)
  })
  server.listen(options.port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    unwatch()
    throw error
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // With another host name, the request comes from a page of another site. Such a site can point its own name at this
    // machine.
    if (!isOwnHost(request.headers.host ?? '', undefined))
      return text(response, 403, `The preview answers only at ${url}.`)
    const { pathname, searchParams } = new URL(request.url ?? '/', url)
    if (pathname === '/') return overview(response)
    if (pathname === '/events') return listen(response)
    if (pathname === '/warnings') {
      const warnings = await warningsOf(options)
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      return void response.end(JSON.stringify(warnings))
    }
    const frameOf = /^\/frame\/([\w-]+)$/.exec(pathname)?.[1]
    if (frameOf !== undefined) return frame(response, frameOf, searchParams)
    const asset = /^\/pilot\/assets\/[^/]+\/([\w.-]+)$/.exec(pathname)?.[1]
    if (asset !== undefined && Object.hasOwn(assets, asset)) {
      const found = assets[asset] as Asset
      response.writeHead(200, { ...assetHeaders(found.type) })
      return void response.end(await textOf(found))
    }
    const page = /^\/pilot(?:\/(login|home))?$/.exec(pathname)
    if (page !== null) {
      response.writeHead(302, { location: `/frame/${page[1] ?? 'login'}` })
      return void response.end()
    }
    if (options.statics !== null && pathname.startsWith(`${options.statics.path}/`))
      return file(response, options.statics.folder, pathname.slice(options.statics.path.length + 1))
    text(response, 404, 'The preview has no such page. Open / for all frames.')
  }

  function overview(response: ServerResponse): void {
    const nonce = randomBytes(16).toString('base64url')
    const languages = [...new Set(['en', 'zh', ...Object.keys(options.messages), options.language])]
    response.writeHead(200, pageHeaders(nonce, { 'frame-src': "'self'" }))
    response.end(overviewHtml({ states: PREVIEW_STATES, languages, language: options.language, nonce }))
  }

  async function frame(response: ServerResponse, name: string, query: URLSearchParams): Promise<void> {
    const state = PREVIEW_STATES.find((one) => one.name === name)
    if (state === undefined) return text(response, 404, `There is no state "${name}".`)
    const nonce = randomBytes(16).toString('base64url')
    const theme = query.get('theme')
    const rendered = await renderState(options, {
      ...{ state, nonce, origin: url, now: Date.now() },
      language: query.get('language') ?? options.language,
      theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
    })
    response.writeHead(200, frameHeaders(nonce))
    response.end('html' in rendered ? rendered.html : faultHtml(rendered.fault, options.folder, nonce))
  }

  function listen(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': the preview tells changes here\n\n')
    watchers.add(response)
    response.on('close', () => watchers.delete(response))
  }

  return {
    url,
    async close() {
      unwatch()
      for (const response of watchers) response.end()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The policy of a real page, but the preview may frame it. */
function frameHeaders(nonce: string): Readonly<Record<string, string>> {
  const headers = pageHeaders(nonce)
  const policy = headers['content-security-policy']?.replace(
    /frame-ancestors [^;]*/,
    "frame-ancestors 'self'",
  )
  return { ...headers, 'content-security-policy': policy ?? '', 'x-frame-options': 'SAMEORIGIN' }
}

function text(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.end(words)
}

/** A file of the app. Files outside the folder are never sent. */
async function file(response: ServerResponse, folder: string, name: string): Promise<void> {
  const path = join(folder, decodeURIComponent(name))
  const isInside = path.startsWith(folder + sep)
  const found = isInside ? await stat(path).catch(() => null) : null
  if (found === null || !found.isFile()) return text(response, 404, `There is no file ${name} in ${folder}.`)
  response.writeHead(200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'cache-control': 'no-store',
  })
  createReadStream(path).pipe(response)
}
