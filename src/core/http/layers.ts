import type { SessionService } from '../access/sessions.ts'
import type { TokenCodec } from '../access/tokens.ts'
import type { ParsedOptions } from '../options/schema.ts'
import type { Clock, Logger } from '../ports/index.ts'
import { normalisePath } from './router.ts'
import type { HttpAnswer, HttpPlatform, HttpRequest } from './types.ts'

/** Something in front of the routes: it answers itself, or changes a page on its way out. */
export interface HttpLayer {
  handle(request: HttpRequest, next: () => Promise<HttpAnswer | null>): Promise<HttpAnswer | null>
  close(): Promise<void>
}

/** What a layer may use of core. */
export interface LayerParts {
  readonly options: ParsedOptions
  readonly sessions: SessionService
  readonly tokens: Pick<TokenCodec, 'access'>
  readonly clock: Clock
  readonly logger: Logger
}

export type LayerFactory = (parts: LayerParts) => HttpLayer

/** Pages and what belongs to them; the API is never slowed down by a layer. */
const PAGES = /^\/pilot(?:\/|$)/

/** `platform` behind these layers, the first one outermost. */
export function withLayers(platform: HttpPlatform, layers: readonly HttpLayer[]): HttpPlatform {
  if (layers.length === 0) return platform
  return {
    claims: platform.claims,
    handle(request) {
      if (!PAGES.test(normalisePath(request.path))) return platform.handle(request)
      const chain = layers.reduceRight<() => Promise<HttpAnswer | null>>(
        (next, layer) => () => layer.handle(request, next),
        () => platform.handle(request),
      )
      return chain()
    },
  }
}

export interface LazyLayer {
  /** Cheap: asked for every page. */
  readonly concerns: (request: HttpRequest) => boolean
  readonly load: () => Promise<LayerFactory>
}

/** A layer whose code is loaded with the first request that concerns it. */
export const lazyLayer =
  ({ concerns, load }: LazyLayer): LayerFactory =>
  (parts) => {
    let layer: Promise<HttpLayer> | undefined
    return {
      async handle(request, next) {
        if (!concerns(request)) return next()
        layer ??= load().then((create) => create(parts))
        return (await layer).handle(request, next)
      },
      async close() {
        await (await layer?.catch(() => undefined))?.close()
      },
    }
  }
