import type { PluginContext } from '../../plugin.ts'
import type { ERRORS } from './errors.ts'
import type { EVENTS } from './events.ts'

/** What the platform gives to this plugin. */
export type PhoneContext = PluginContext<typeof EVENTS, typeof ERRORS>
