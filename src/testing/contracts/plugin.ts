import { CASES } from './plugin/cases.ts'
import { openPluginStage, type PluginUnderTest, type StartPlatform } from './plugin/stage.ts'
import type { ContractRunner } from './runner.ts'

export type { PluginSeed, PluginSeedStage, PluginUnderTest } from './plugin/stage.ts'

/** Options of `pluginContract`. */
export interface PluginContract extends ContractRunner {
  /** `djiCloud` of `dji-cloud/express`. */
  readonly djiCloud: StartPlatform
  /**
   * Opens a page in a browser and returns what went wrong: errors of its scripts, blocked resources. Use Chromium 70, as
   * controllers do. @default the scripts of pages are not run
   */
  readonly openPage?: ((url: string) => Promise<readonly string[]>) | undefined
  /** Called for each case. */
  readonly make: () => PluginUnderTest | Promise<PluginUnderTest>
}

/**
 * The tests that every plugin has to pass, with a running platform and two workspaces: the plugin registers once, shows
 * no data of another workspace, answers bad input with a reason and never with a 500, adds only safe content to the
 * pages, and closes within a second. The routes come from the plugin, so a new route is tested without more code. Each
 * route is called with a role that it accepts. The data that must not reach the other workspace is what `seed` has
 * stored.
 */
export function pluginContract({ describe, test, djiCloud, make, openPage }: PluginContract): void {
  describe('plugin contract', () => {
    for (const [title, run] of Object.entries(CASES)) {
      test(title, async () => {
        const made = await make()
        const stage = await openPluginStage(djiCloud, made, openPage)
        try {
          await run(stage)
        } finally {
          await stage.close()
          await made.close?.()
        }
      })
    }
  })
}
