import type { AnyPlugin } from '../../../core/plugins/define.ts'

/** What `seed` works with: one platform, two workspaces. */
export interface PluginSeedStage {
  readonly workspaces: readonly [string, string]
  /** Asks as the pilot of a workspace. @param body JSON text */
  ask(
    workspace: 0 | 1,
    method: string,
    path: string,
    body?: string,
  ): Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }>
}

/** What `seed` has put there; each pair is of the first and of the second workspace. */
export interface PluginSeed {
  /** A text that stands in the data of this workspace, and nowhere else. */
  readonly marks: readonly [string, string]
  /** For path parameters, such as `{ id: [idOfTheFirst, idOfTheSecond] }`. */
  readonly params?: Readonly<Record<string, readonly [string, string]>> | undefined
}

/** One plugin for one case of the suite. */
export interface PluginUnderTest {
  /** The plugin that is tested. */
  readonly plugin: AnyPlugin
  /** Others that it depends on. */
  readonly others?: readonly AnyPlugin[] | undefined
  /**
   * Gives both workspaces data of their own, through the routes, tables or api of the plugin. Without it the contract can only
   * ask for what nobody has.
   */
  seed?(stage: PluginSeedStage): PluginSeed | Promise<PluginSeed>
  /** After the platform has closed: databases, folders. */
  close?(): unknown
}
