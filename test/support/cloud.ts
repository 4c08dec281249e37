import type { DjiCloudOptions } from '../../src/index.ts'
import { type Host, startHost, type Variant } from './hosts.ts'

export const WORKSPACE = {
  id: '11111111-2222-4333-8444-555555555555',
  name: 'Test workspace',
  description: 'For tests',
}
export const PILOT = { username: 'pia', password: 'correct horse battery' }
/** Well-formed, and as fake as it looks. */
export const LICENSE = {
  appId: '100000',
  appKey: 'fake-app-key',
  appLicense: 'RkFLRS1MSUNFTkNFLU9GLUEtVEVTVA==',
}

export interface TestCloud extends Host {
  /** The access link. */
  readonly link: string
  /** Moves the platform's clock. */
  advance(ms: number): void
}

/** The real platform in a real app, on ports of its own. */
export async function startCloud(
  options: DjiCloudOptions = {},
  variant: Variant = { framework: 'express 5', mount: '', parser: 'before' },
): Promise<TestCloud> {
  let ahead = 0
  const host = await startHost(variant, {
    license: LICENSE,
    workspace: WORKSPACE,
    users: [PILOT],
    mqtt: { host: '127.0.0.1', port: 0 },
    logger: false,
    clock: { now: () => Date.now() + ahead },
    ...options,
  })
  await host.cloud.ready()
  return {
    ...host,
    link: `${host.url}${variant.mount}/pilot`,
    advance(ms) {
      ahead += ms
    },
  }
}
