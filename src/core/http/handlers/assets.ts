import { DjiCloudError } from '../../errors.ts'
import { assetHeaders } from '../page-headers.ts'
import { page, type Route } from '../routes.ts'

export interface Asset {
  readonly hash: string
  readonly type: string
  readonly text: string
}

export type Assets = Readonly<Record<string, Asset>>

/** Below the mount. A name that is not bundled is a slip in a template: it is told at once, not as a 404 in a page. */
export function assetPath(name: string, assets: Assets): string {
  const asset = Object.hasOwn(assets, name) ? assets[name] : undefined
  if (asset === undefined)
    throw new Error(`There is no asset "${name}"; bundled are ${Object.keys(assets).join(', ')}.`)
  return `/pilot/assets/${asset.hash}/${name}`
}

/** Style and scripts under addresses that change with their content. */
export function assetRoutes(assets: Assets): Route[] {
  return [
    page('/pilot/assets/:hash/:name', ({ params }) => {
      const name = params['name'] ?? ''
      const asset = Object.hasOwn(assets, name) ? assets[name] : undefined
      // An old hash is a page from before a deploy: the new file under the old name could break it.
      if (asset === undefined || asset.hash !== params['hash']) throw new DjiCloudError('NOT_FOUND')
      return { status: 200, headers: assetHeaders(asset.type), body: asset.text }
    }),
  ]
}
