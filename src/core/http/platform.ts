import { randomBytes } from 'node:crypto'
import { createRequestCount } from '../metrics/metrics.ts'
import type { Metrics } from '../metrics/types.ts'
import type { Renderer } from '../pages/render.ts'
import type { PluginHost } from '../plugins/host.ts'
import type { PageAdditions } from '../plugins/pages.ts'
import type { RateLimitStore } from '../ports/index.ts'
import { requireOwnPage } from '../sign-in/same-origin.ts'
import { createCors } from './cors.ts'
import { createDispatcher, type Dispatcher } from './dispatch.ts'
import { withDocuments } from './documents.ts'
import type { Assets } from './handlers/assets.ts'
import { documentPage, errorPage, type PageServices } from './handlers/pages.ts'
import type { Services } from './handlers/services.ts'
import type { Route } from './routes.ts'
import { createRowLimits } from './row-rate-limit.ts'
import { pageTable } from './table.ts'
import { withTransforms } from './transformed.ts'

export interface PlatformParts {
  readonly services: Services
  /** From `apiTable`. It is made earlier, because plugins are checked against it. */
  readonly api: readonly Route[]
  readonly plugins: Pick<PluginHost, 'pages' | 'modules' | 'doctorChecks' | 'transforms' | 'routes'>
  readonly renderer: (additions: PageAdditions) => Renderer
  readonly assets: Assets
  readonly metrics: Metrics
  readonly rateLimitStore: RateLimitStore
}

/**
 * Everything that is answered over HTTP: the platform's own rows, the additions of plugins to its pages, and the rows
 * of plugins.
 */
export function createHttpPlatform(parts: PlatformParts): Dispatcher {
  const { services, plugins, metrics } = parts
  const { options, logger, sessions } = services
  const pages: PageServices = {
    ...services,
    renderer: parts.renderer(plugins.pages),
    assets: { ...parts.assets, ...plugins.pages.assets },
    pluginTexts: plugins.pages.texts,
    pluginPolicies: plugins.pages.policies,
    pluginModules: plugins.modules,
    doctorChecks: plugins.doctorChecks,
    nonce: () => randomBytes(16).toString('base64'),
  }
  const routes = [
    ...withTransforms([...pageTable(pages), ...parts.api], plugins.transforms, logger),
    ...withDocuments(plugins.routes, documentPage(pages)),
  ]
  return createDispatcher({
    routes,
    count: createRequestCount(metrics, routes),
    requireSession: sessions.require,
    requireOwnPage: (request) => requireOwnPage(request, options.publicUrl),
    errorPage: errorPage(pages),
    bodyLimit: options.http.bodyLimit,
    cors: createCors(options.http.cors),
    logger,
    limits: createRowLimits(parts.rateLimitStore),
  })
}
