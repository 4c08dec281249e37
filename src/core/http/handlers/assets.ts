import { gzipSync } from 'node:zlib'
import { DjiCloudError } from '../../errors.ts'
import { assetHeaders } from '../page-headers.ts'
import { page, type Route } from '../routes.ts'

export interface Asset {
  readonly hash: string
  readonly type: string
  /** A function loads it when it is needed. */
  readonly text: string | (() => Promise<string>)
}

export type Assets = Readonly<Record<string, Asset>>

export const textOf = async ({ text }: Asset): Promise<string> => (typeof text === 'string' ? text : text())

/**
 * The path of an asset below the mount. An unknown name is a mistake in a template. It fails at once, so that it does
 * not become a 404 in a page.
 */
export function assetPath(name: string, assets: Assets): string {
  const asset = Object.hasOwn(assets, name) ? assets[name] : undefined
  if (asset === undefined)
    throw new Error(`There is no asset "${name}". Use one of these: ${Object.keys(assets).join(', ')}.`)
  return `/pilot/assets/${asset.hash}/${name}`
}

/**
 * Style and scripts. Each address changes with the content. Each is compressed once, and sent compressed if the client
 * accepts gzip.
 */
export function assetRoutes(assets: Assets): Route[] {
  const compressed = new Map<string, Uint8Array>()
  const gzipped = (name: string, text: string): Uint8Array => {
    let bytes = compressed.get(name)
    if (bytes === undefined) {
      bytes = gzipSync(text, { level: 9 })
      compressed.set(name, bytes)
    }
    return bytes
  }
  return [
    page('/pilot/assets/:hash/:name', async ({ params, request }) => {
      const name = params['name'] ?? ''
      const asset = Object.hasOwn(assets, name) ? assets[name] : undefined
      // An old hash comes from a page that was loaded before a deploy. The new file could break that page.
      if (asset === undefined || asset.hash !== params['hash']) throw new DjiCloudError('NOT_FOUND')
      const text = await textOf(asset)
      const headers = { ...assetHeaders(asset.type), vary: 'accept-encoding' }
      if (!takesGzip(request.headers['accept-encoding'])) return { status: 200, headers, body: text }
      return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipped(name, text) }
    }),
  ]
}

/** Whether the header names `gzip` without the weight 0, which forbids it (RFC 9110, section 12.5.3). */
const takesGzip = (accepted: string | readonly string[] | undefined): boolean =>
  /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(String(accepted ?? ''))
