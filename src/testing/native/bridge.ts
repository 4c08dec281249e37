import { type Answer, MODULE_NOT_LOADED, NOT_VERIFIED, refuse, shape, THING_NOT_LOADED } from './answers.ts'
import { apiMethods, mediaAndMoreMethods, thingMethods, wsMethods } from './bridge-modules.ts'
import { platformMethods } from './bridge-platform.ts'
import type { BridgeContext, MethodTable } from './method.ts'

const METHODS: MethodTable = {
  ...platformMethods,
  ...apiMethods,
  ...thingMethods,
  ...wsMethods,
  ...mediaAndMoreMethods,
}

/** These methods also work before the licence is verified; all others fail (facts B4). */
const ALWAYS = new Set([
  'platformVerifyLicense',
  'platformIsVerified',
  'platformGetVersion',
  'platformGetLogPath',
  'platformIsAppInstalled',
  'platformStopSelf',
])

/** Methods of a module work only while the module is loaded (facts B4). apiGetToken has its own knob. */
const MODULE_OF: readonly (readonly [prefix: RegExp, module: string])[] = [
  [/^thing/, 'thing'],
  [/^ws/, 'ws'],
  [/^api(?!GetToken)/, 'api'],
  [/^liveshare/, 'liveshare'],
  [/^media/, 'media'],
  [/^(start|stop)MopCloud$/, 'mop'],
]

export const ALL_METHODS: readonly string[] = Object.keys(METHODS)

export const methodNames = (missing: readonly string[]): string[] =>
  Object.keys(METHODS).filter((name) => !missing.includes(name))

/** One call of the page. Synchronous, and never throws: Pilot answers wrong arguments with an error code. */
export function callBridge(context: BridgeContext, name: string, args: readonly unknown[]): unknown {
  const recorded = context.replay?.next(name, args) ?? null
  // If the recorded controller refused the call, the call has no effect here either.
  if (recorded?.refused === true) learn(context, name, args)
  const own = recorded?.refused === true ? undefined : shape(decide(context, name, args), context.knobs)
  const answer = recorded === null ? own : recorded.answer(own, context)
  context.log.emit('bridge', { method: name, args, answer })
  return answer
}

function decide(context: BridgeContext, name: string, args: readonly unknown[]): Answer {
  const method =
    Object.hasOwn(METHODS, name) && !context.knobs.missingMethods.includes(name) ? METHODS[name] : undefined
  if (method === undefined) return refuse(MODULE_NOT_LOADED, `there is no method ${name}`)
  learn(context, name, args)
  if (!context.state.verified && !ALWAYS.has(name))
    return refuse(NOT_VERIFIED, 'the licence is not verified', kindOf(name))
  const module = MODULE_OF.find(([prefix]) => prefix.test(name))?.[1]
  if (module !== undefined && context.state.components.get(module)?.ready !== true) {
    const code = module === 'thing' ? THING_NOT_LOADED : MODULE_NOT_LOADED
    return refuse(code, `the component ${module} is not loaded`, kindOf(name))
  }
  return method(context, args)
}

const kindOf = (name: string): Answer['kind'] =>
  /Get(?!ConnectState)/.test(name) ? 'value' : /ConnectState|Is[A-Z]/.test(name) ? 'state' : 'action'

/** Tells the mask about arguments that are always secret, before anything is logged. */
function learn(context: BridgeContext, name: string, args: readonly unknown[]): void {
  if (name === 'platformVerifyLicense') for (const secret of args) context.mask.learn(String(secret))
  if (name === 'apiSetToken') context.mask.learn(args[0])
  if (name === 'thingConnect' || name === 'wsConnect') context.mask.learn(args[1])
  if (name === 'platformSetLogEncryptKey') context.mask.learn(args[0])
}
