import type { Assets } from '../core/http/handlers/assets.ts'
import { ASSET_FILES } from './embedded.gen.ts'

/** The bundled style and scripts. Their texts are a quarter of the package, so they are loaded with the first request for one of them. */
export const ownAssets = (): Assets =>
  Object.fromEntries(
    Object.entries(ASSET_FILES).map(([name, file]) => [name, { ...file, text: () => textOf(name) }]),
  )

async function textOf(name: string): Promise<string> {
  const { ASSETS } = await import('./embedded-assets.gen.ts')
  return ASSETS[name]?.text ?? ''
}
