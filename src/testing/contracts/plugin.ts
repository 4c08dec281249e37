import { CASES } from './plugin/cases.ts'
import { openPluginStage, type StartPlatform } from './plugin/stage.ts'
import type { PluginUnderTest } from './plugin/under-test.ts'
import type { ContractRunner } from './runner.ts'

export type { PluginSeed, PluginSeedStage, PluginUnderTest } from './plugin/under-test.ts'

/** What `pluginContract` is given. */
export interface PluginContract extends ContractRunner {
  /** `djiCloud` of `dji-cloud/express`. */
  readonly djiCloud: StartPlatform
  /**
   * Opens a page in a browser and says what went wrong there: errors of its scripts, blocked resources. Take a Chromium 70,
   * which is what controllers have. @default the scripts of pages are not run
   */
  readonly openPage?: ((url: string) => Promise<readonly string[]>) | undefined
  /** Called for every case. */
  readonly make: () => PluginUnderTest | Promise<PluginUnderTest>
}

/**
 * What every plugin has to do, against a running platform with two workspaces: it registers once, shows nobody what is of
 * another workspace, answers nonsense with a reason and never with a 500, adds to the pages only what is safe, and closes
 * within a second. What its routes are is taken from the plugin itself, so a new one is tested without another line.
 * Each row is asked as somebody of a role that it lets in. What must not reach another workspace is what `seed` has put there.
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
