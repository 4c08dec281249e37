import type { Answer } from './answers.ts'
import type { NativeContext } from './context.ts'
import type { Modules, Parts } from './modules.ts'

/** What a method of the bridge may use. */
export interface BridgeContext extends NativeContext {
  readonly modules: Modules
  readonly parts: Parts
  /** Unloads all modules and closes the page. */
  readonly stop: (by: 'page' | 'pilot') => void
}

export type Method = (context: BridgeContext, args: readonly unknown[]) => Answer
export type MethodTable = Readonly<Record<string, Method>>
