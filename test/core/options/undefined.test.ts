import { expect, test } from 'vitest'
import { parseOptions } from '../../../src/core/options/parse.ts'
import type {
  DjiCloudOptions,
  EmbeddedBrokerOptions,
  EmqxBrokerOptions,
  MosquittoBrokerOptions,
  RabbitmqBrokerOptions,
  RedisBusSource,
  SharedAccountBrokerOptions,
  SqlSource,
} from '../../../src/index.ts'
import type { VirtualPilotOptions } from '../../../src/testing/index.ts'

type OptionalOf<T> = {
  [Name in keyof T]-?: Record<never, never> extends Pick<T, Name> ? Name : never
}[keyof T]
/** This project compiles with `exactOptionalPropertyTypes`, as hosts may: an option without `| undefined` fails here. */
type Takes<T> = { [Name in OptionalOf<T>]: undefined } extends Pick<T, OptionalOf<T>> ? true : never
type Part<Name extends keyof DjiCloudOptions> = Extract<NonNullable<DjiCloudOptions[Name]>, object>

test('the types of all options take undefined', () => {
  const all: true[] = [
    true satisfies Takes<DjiCloudOptions>,
    true satisfies Takes<Part<'mqtt'>>,
    true satisfies Takes<Part<'presence'>>,
    true satisfies Takes<Part<'telemetry'>>,
    true satisfies Takes<Part<'tokens'>>,
    true satisfies Takes<Part<'http'>>,
    true satisfies Takes<Part<'workspace'>>,
    true satisfies Takes<Part<'modules'>>,
    true satisfies Takes<Part<'pages'>>,
    true satisfies Takes<Part<'views'>>,
    true satisfies Takes<NonNullable<Part<'pages'>['theme']>>,
    true satisfies Takes<NonNullable<NonNullable<Part<'pages'>['theme']>['light']>>,
    true satisfies Takes<NonNullable<NonNullable<Part<'pages'>['messages']>[string]>>,
    true satisfies Takes<NonNullable<Part<'pages'>['apps']>[number]>,
    true satisfies Takes<Exclude<Part<'loginRateLimit'>, false>>,
    true satisfies Takes<NonNullable<Part<'keys'>>[number]>,
    true satisfies Takes<EmbeddedBrokerOptions>,
    true satisfies Takes<NonNullable<EmbeddedBrokerOptions['limits']>>,
    true satisfies Takes<MosquittoBrokerOptions>,
    true satisfies Takes<RabbitmqBrokerOptions>,
    true satisfies Takes<EmqxBrokerOptions>,
    true satisfies Takes<SharedAccountBrokerOptions>,
    true satisfies Takes<RedisBusSource>,
    true satisfies Takes<SqlSource>,
    true satisfies Takes<VirtualPilotOptions>,
  ]
  expect(all).not.toContain(false)
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
    presence: { graceSeconds: 5 },
    tokens: { accessTtlSeconds: 43_200 },
    pages: { theme: { mode: 'auto' }, apps: [] },
    modules: { map: {} },
    loginRateLimit: {},
  })
  expect(parsed.mqtt).toEqual({ anonymous: false, legacyAccounts: [] })
})
