import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { FlowEnvironment, FlowRequest } from '../../../src/bridge/index.ts'
import { parseOptions } from '../../../src/core/options/parse.ts'
import type { RequireAuthOptions as ExpressAuth } from '../../../src/express.ts'
import type * as entry from '../../../src/index.ts'
import type { RequireAuthOptions as KoaAuth } from '../../../src/koa.ts'
import type * as plugin from '../../../src/plugin.ts'
import type * as testing from '../../../src/testing/index.ts'

type Optional<T, Name extends keyof T> = Record<never, never> extends Pick<T, Name> ? true : false
type Call = (...args: never[]) => unknown

/** A store, a broker, a logger: what has a method that must be there is handed on as it is. */
type IsPort<T> = true extends {
  [Name in keyof T]-?: Optional<T, Name> extends true ? false : T[Name] extends Call ? true : false
}[keyof T]
  ? true
  : false

/**
 * The paths of optional fields, at any depth, that do not take `undefined`. This project compiles with
 * `exactOptionalPropertyTypes`, as hosts may: without `| undefined` such a field can only be left out.
 */
type Forgotten<T, Path extends string = ''> = T extends Call | string | number | boolean | null | undefined
  ? never
  : T extends readonly (infer One)[]
    ? Forgotten<One, `${Path}[]`>
    : T extends object
      ? IsPort<T> extends true
        ? never
        : string extends keyof T
          ? Forgotten<T[keyof T], `${Path}.*`>
          : {
              [Name in keyof T & string]-?:
                | (Optional<T, Name> extends true
                    ? { [Only in Name]: undefined } extends Pick<T, Name>
                      ? never
                      : `${Path}.${Name}`
                    : never)
                | Forgotten<T[Name], `${Path}.${Name}`>
            }[keyof T & string]
      : never

/** The same of what the methods of an interface are given. */
type ForgottenBy<T> = {
  [Name in keyof T & string]: T[Name] extends (...args: infer Args) => unknown
    ? Forgotten<Args[number], Name>
    : never
}[keyof T & string]

/** A path here is an option that needs `| undefined`. */
type Nothing<T> = [T] extends [never] ? true : T

const RULE = {
  DjiCloudOptions: true satisfies Nothing<Forgotten<entry.DjiCloudOptions>>,
  EmbeddedBrokerOptions: true satisfies Nothing<Forgotten<entry.EmbeddedBrokerOptions>>,
  ExternalBrokerOptions: true satisfies Nothing<Forgotten<entry.ExternalBrokerOptions>>,
  EmqxBrokerOptions: true satisfies Nothing<Forgotten<entry.EmqxBrokerOptions>>,
  MosquittoBrokerOptions: true satisfies Nothing<Forgotten<entry.MosquittoBrokerOptions>>,
  RabbitmqBrokerOptions: true satisfies Nothing<Forgotten<entry.RabbitmqBrokerOptions>>,
  SharedAccountBrokerOptions: true satisfies Nothing<Forgotten<entry.SharedAccountBrokerOptions>>,
  RestOptions: true satisfies Nothing<Forgotten<entry.RestOptions>>,
  RedisSource: true satisfies Nothing<Forgotten<entry.RedisSource>>,
  RedisBusSource: true satisfies Nothing<Forgotten<entry.RedisBusSource>>,
  SqlSource: true satisfies Nothing<Forgotten<entry.SqlSource>>,
  MigrationSource: true satisfies Nothing<Forgotten<entry.MigrationSource>>,
  TelemetryFilter: true satisfies Nothing<Forgotten<entry.TelemetryFilter>>,
  CommandOptions: true satisfies Nothing<Forgotten<entry.CommandOptions>>,
  DrcCommand: true satisfies Nothing<Forgotten<entry.DrcCommand>>,
  DoctorOptions: true satisfies Nothing<Forgotten<entry.DoctorOptions>>,
  MemoryUser: true satisfies Nothing<Forgotten<entry.MemoryUser>>,
  NewUser: true satisfies Nothing<Forgotten<entry.NewUser>>,
  UserInput: true satisfies Nothing<Forgotten<entry.UserInput>>,
  UserChanges: true satisfies Nothing<Forgotten<entry.UserChanges>>,
  Devices: true satisfies Nothing<ForgottenBy<entry.Devices>>,
  WorkspaceDevices: true satisfies Nothing<ForgottenBy<entry.WorkspaceDevices>>,
  RequireAuthOptions: true satisfies Nothing<Forgotten<ExpressAuth> | Forgotten<KoaAuth>>,
  ErrorDetails: true satisfies Nothing<Forgotten<plugin.ErrorDetails>>,
  MetricOptions: true satisfies Nothing<Forgotten<plugin.MetricOptions>>,
  PluginRedisSource: true satisfies Nothing<Forgotten<plugin.PluginRedisSource>>,
  PluginSqlSource: true satisfies Nothing<Forgotten<Omit<plugin.PluginSqlSource<unknown>, 'db'>>>,
  OpenSessionOptions: true satisfies Nothing<Forgotten<entry.OpenSessionOptions>>,
  SignInSource: true satisfies Nothing<Forgotten<plugin.SignInSource>>,
  PagesPart: true satisfies Nothing<Forgotten<plugin.PagesPart>>,
  UserOfSource: true satisfies Nothing<Forgotten<plugin.UserOfSource>>,
  AddressOptions: true satisfies Nothing<Forgotten<plugin.AddressOptions>>,
  PutOptions: true satisfies Nothing<Forgotten<plugin.PutOptions>>,
  FileInfo: true satisfies Nothing<Forgotten<plugin.FileInfo>>,
  FlowRequest: true satisfies Nothing<Forgotten<FlowRequest>>,
  FlowHooks: true satisfies Nothing<
    Forgotten<Pick<FlowEnvironment, 'base' | 'onStep' | 'onState' | 'onOutcome'>>
  >,
  VirtualPilotOptions: true satisfies Nothing<Forgotten<testing.VirtualPilotOptions>>,
  VirtualPilot: true satisfies Nothing<ForgottenBy<testing.VirtualPilot>>,
  PilotBrowserOptions: true satisfies Nothing<Forgotten<testing.PilotBrowserOptions>>,
  WaitOptions: true satisfies Nothing<Forgotten<testing.WaitOptions>>,
}

/** Parts of `DjiCloudOptions`, which is looked at to the bottom, and what a plugin or a broker is only shown. */
const ELSEWHERE = [
  'AccountOption',
  'AppOption',
  'CheckedOptions',
  'CorsOptions',
  'LegacyAccountOption',
  'LoginOption',
  'LiveshareOptions',
  'LoginRateLimitOptions',
  'MapOptions',
  'MediaOptions',
  'ModulesOptions',
  'MopOptions',
  'PagesOptions',
  'PluginOptions',
  'ThemeOptions',
  'ViewsOptions',
  'WorkspaceOption',
]

test('every type of options that is exported takes undefined, at every level', async () => {
  const texts = await Promise.all(
    ['index', 'plugin', 'testing/index'].map((name) =>
      readFile(fileURLToPath(new URL(`../../../src/${name}.ts`, import.meta.url)), 'utf8'),
    ),
  )
  const exported = texts.flatMap((text) => text.match(/\b[A-Z]\w+(?:Options|Option|Source)\b/g) ?? [])
  expect(exported.length).toBeGreaterThan(20)
  const known = new Set([...Object.keys(RULE), ...ELSEWHERE, 'FileSource', 'SignInSource'])
  expect(exported.filter((name) => !known.has(name))).toEqual([])
})

test('an undefined option leaves its default', () => {
  const parsed = parseOptions(
    {
      mqtt: { port: undefined, anonymous: undefined },
      presence: { graceSeconds: undefined },
      tokens: { accessTtlSeconds: undefined },
      pages: { theme: { mode: undefined }, apps: undefined },
      modules: { map: { userName: undefined } },
      loginRateLimit: { perAddress: undefined },
      views: { locals: undefined },
    },
    {},
  )
  expect(parsed).toMatchObject({
    presence: { graceSeconds: 15 },
    tokens: { accessTtlSeconds: 43_200 },
    pages: { theme: { mode: 'auto' }, apps: [] },
    modules: { map: {} },
    loginRateLimit: {},
  })
  expect(parsed.mqtt).toEqual({ anonymous: false, legacyAccounts: [] })
})
