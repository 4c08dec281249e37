import { DjiCloudError } from '../../errors.ts'
import { assetHeaders } from '../page-headers.ts'
import { page, type Route } from '../routes.ts'

export interface Asset {
  readonly hash: string
  readonly type: string
  readonly text: string
}

export const assetPath = (name: string, asset: Asset): string => `/pilot/assets/${asset.hash}/${name}`

/** Style and scripts under addresses that change with their content. */
export function assetRoutes(assets: Readonly<Record<string, Asset>>): Route[] {
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
