import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProvider } from '../../examples/oidc/provider.ts'
import { embeddedFiles } from '../../src/plugins/files/index.ts'
import { oidcLogin } from '../../src/plugins/oidc-login/index.ts'
import { phoneLogin } from '../../src/plugins/phone-login/index.ts'
import { recorder } from '../../src/plugins/recorder/index.ts'
import { simulator } from '../../src/plugins/simulator/index.ts'
import type { PluginUnderTest } from '../../src/testing/index.ts'
import { badgeReader } from '../support/badge-reader.ts'

/**
 * Every plugin that comes with the package, by its folder in `src/plugins`. A new one is a line here: the contract, the
 * isolation between workspaces and the page budget then run over it.
 */
export const BUNDLED: Readonly<Record<string, () => PluginUnderTest | Promise<PluginUnderTest>>> = {
  files: () => {
    const directory = mkdtempSync(join(tmpdir(), 'dji-files-'))
    const close = async (): Promise<void> => rmSync(directory, { recursive: true, force: true })
    return { plugin: embeddedFiles({ directory }), close }
  },
  'oidc-login': async () => {
    const provider = await startProvider()
    const plugin = oidcLogin({ issuer: provider.issuer, clientId: 'dji-cloud', toUser: () => null })
    return { plugin, close: provider.close }
  },
  'phone-login': () => ({ plugin: phoneLogin(), others: [badgeReader()] }),
  recorder: () => ({ plugin: recorder() }),
  simulator: () => ({ plugin: simulator() }),
}
