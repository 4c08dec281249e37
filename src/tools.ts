import type { ParsedOptions } from './core/options/schema.ts'
import type { AnyPlugin } from './core/plugins/define.ts'
import { recorder } from './plugins/recorder/index.ts'
import { simulator } from './plugins/simulator/index.ts'

/**
 * The plugins with those that `simulator: true` and `recorder: true` are the short ways of naming. They come last,
 * so that they change pages which are complete: the additions of other plugins are in them.
 */
export function withTools({ plugins, simulator: screen, recorder: tape, environment }: ParsedOptions) {
  const named = new Set(plugins.map(({ id }) => id))
  const tools: AnyPlugin[] = []
  if ((screen ?? environment === 'development') && !named.has('simulator')) tools.push(simulator())
  if (tape && !named.has('recorder')) tools.push(recorder())
  return [...plugins, ...tools]
}
