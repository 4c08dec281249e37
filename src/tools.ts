import { type LayerFactory, lazyLayer } from './core/http/layers.ts'
import { normalisePath } from './core/http/router.ts'
import type { HttpRequest } from './core/http/types.ts'
import type { ParsedOptions } from './core/options/schema.ts'

/** Also in src/simulator: this module must not load that one. */
const SIMULATOR_PATH = '/pilot/simulator'
const SIMULATOR_COOKIE = 'dji-cloud-simulator'

/** What developers switch on. Their code is loaded when it is first asked for, and not at all where they are off. */
export function toolsOf({ simulator, recorder, environment }: ParsedOptions): LayerFactory[] {
  return [
    ...((simulator ?? environment === 'development')
      ? [
          lazyLayer({
            concerns: isSimulated,
            load: async () => (await import('./simulator/index.ts')).createSimulator,
          }),
        ]
      : []),
    ...(recorder
      ? [
          lazyLayer({
            concerns: () => true,
            load: async () => (await import('./recorder/index.ts')).createRecorder,
          }),
        ]
      : []),
  ]
}

const isSimulated = ({ path, headers }: HttpRequest): boolean =>
  normalisePath(path).startsWith(SIMULATOR_PATH) || String(headers.cookie ?? '').includes(SIMULATOR_COOKIE)
