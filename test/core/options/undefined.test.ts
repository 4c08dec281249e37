import { expect, test } from 'vitest'
import { parseOptions } from '../../../src/core/options/parse.ts'
import type {
  DjiCloudOptions,
  EmbeddedBrokerOptions,
  EmqxOptions,
  MosquittoOptions,
  RabbitmqOptions,
  RedisBusSource,
  SharedAccountOptions,
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
    true satisfies Takes<Exclude<Part<'loginThrottle'>, false>>,
    true satisfies Takes<NonNullable<Part<'keys'>>[number]>,
    true satisfies Takes<EmbeddedBrokerOptions>,
    true satisfies Takes<NonNullable<EmbeddedBrokerOptions['limits']>>,
    true satisfies Takes<MosquittoOptions>,
    true satisfies Takes<RabbitmqOptions>,
    true satisfies Takes<EmqxOptions>,
    true satisfies Takes<SharedAccountOptions>,
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
      presence: { grace: undefined },
      tokens: { accessTtl: undefined },
      pages: { theme: { mode: undefined }, apps: undefined },
      modules: { map: { userName: undefined } },
      loginThrottle: { perAddress: undefined },
      views: { locals: undefined },
    },
    {},
  )
  expect(parsed).toMatchObject({
    presence: { grace: 5 },
    tokens: { accessTtl: 43_200 },
    pages: { theme: { mode: 'auto' }, apps: [] },
    modules: { map: {} },
    loginThrottle: {},
  })
  expect(parsed.mqtt).toEqual({ anonymous: false, legacyAccounts: [] })
})
