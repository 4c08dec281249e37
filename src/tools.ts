import type { ParsedOptions } from './core/options/schema.ts'
import type { AnyPlugin } from './core/plugins/define.ts'
import { recorder } from './plugins/recorder/index.ts'
import { simulator } from './plugins/simulator/index.ts'

/**
 * Adds the plugins of `simulator: true` and `recorder: true`. They come last, because they change finished pages, with the
 * additions of all other plugins.
 */
export function withTools({ plugins, simulator: screen, recorder: tape, environment }: ParsedOptions) {
  const named = new Set(plugins.map(({ id }) => id))
  const tools: AnyPlugin[] = []
  if ((screen ?? environment === 'development') && !named.has('simulator')) tools.push(simulator())
  if (tape && !named.has('recorder')) tools.push(recorder())
  return [...plugins, ...tools]
}
