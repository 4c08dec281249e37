import type { AnyPlugin } from '../../core/plugins/define.ts'
import { CASES } from './plugin/cases.ts'
import { openPluginStage, type StartPlatform } from './plugin/stage.ts'
import type { ContractRunner } from './runner.ts'

/** One plugin for one case of the suite. */
export interface PluginUnderTest {
  /** The plugin that is tested. */
  readonly plugin: AnyPlugin
  /** Others that it depends on. */
  readonly others?: readonly AnyPlugin[] | undefined
  /** After the platform has closed: databases, folders. */
  close?(): unknown
}

/** What `pluginContract` is given. */
export interface PluginContract extends ContractRunner {
  /** `djiCloud` of `dji-cloud/express`. */
  readonly djiCloud: StartPlatform
  /** Called for every case. */
  readonly make: () => PluginUnderTest | Promise<PluginUnderTest>
}

/**
 * What every plugin has to do, against a running platform with two workspaces: it registers once, shows nobody what is of
 * another workspace, answers nonsense with a reason and never with a 500, adds to the pages only what is safe, and closes
 * within a second. What its routes are is taken from the plugin itself, so a new one is tested without another line.
 * The scripts of its pages are not run: that takes a browser of 2018.
 */
export function pluginContract({ describe, test, djiCloud, make }: PluginContract): void {
  describe('plugin contract', () => {
    for (const [title, run] of Object.entries(CASES)) {
      test(title, async () => {
        const made = await make()
        const stage = await openPluginStage(djiCloud, made.plugin, made.others)
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
