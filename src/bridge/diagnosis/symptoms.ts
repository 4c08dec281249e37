import { splitAddress } from '../../core/findings/addresses.ts'
import type { PageFindingId } from '../../core/findings/page-table.ts'
import type { CONTROLLER } from '../../core/findings/rows-controller.ts'
import { PILOT_CODES } from '../codes.ts'
import type { FlowStep } from '../types.ts'
import type { DiagnosticFacts } from './facts.ts'
import { findingOfStep } from './step-findings.ts'

export interface Symptom<Id extends PageFindingId = keyof typeof CONTROLLER | 'page-http'> {
  readonly id: Id
  /** Evidence for support: an address or a code. Null means that the symptom is absent. */
  readonly shownBy: (facts: DiagnosticFacts) => string | null
}

/** A link that can connect at all has done so after this time, 10 s after the page has asked for it by `thingConnect` (facts B6). */
const LINK_MS = 20_000
/** One lost request is normal on a poor network: a pilot does not have to know it. */
export const SERVER_MS = 3_000
/** Pilot sends its topology right after it connects, and the answer takes one round trip. */
const TOPOLOGY_MS = 20_000
const SHORT_TOKEN_MS = 10 * 60_000
const OLDEST_CHROMIUM = 70

export const raw = ({ id, code, message }: FlowStep): string =>
  [id, code === null ? '' : String(code), message ?? ''].filter((part) => part !== '').join(' ')

const failed = ({ steps }: DiagnosticFacts, wanted: string): string | null => {
  const step = steps.filter(({ id, status }) => id === wanted && status === 'failed')[0]
  return step === undefined ? null : raw(step)
}

const codeBetween = (facts: DiagnosticFacts, least: number, most: number): string | null => {
  const found = facts.steps.filter(({ code }) => code !== null && code >= least && code <= most)[0]
  return found === undefined ? null : raw(found)
}

const downForLong = ({ link, linkForMs, bridge, loaded }: DiagnosticFacts): boolean =>
  bridge === 'present' &&
  loaded.thing === 'loaded' &&
  link !== null &&
  link !== 'connected' &&
  linkForMs >= LINK_MS

const schemeOf = (address: string | null): string | null =>
  address === null ? null : splitAddress(address).scheme

/** The first 17 rows of facts F, in the same order, as far as the page can detect them. */
export const SYMPTOMS: readonly Symptom[] = [
  {
    id: 'lost-on-leave',
    shownBy: ({ lostWhileAway }) => (lostWhileAway ? 'connected before, not after' : null),
  },
  {
    id: 'aircraft-missing',
    shownBy: ({ link, linkForMs, aircraft, seenByServer }) =>
      link === 'connected' &&
      linkForMs >= TOPOLOGY_MS &&
      seenByServer.gateway === true &&
      seenByServer.aircraft === false
        ? aircraft
        : null,
  },
  {
    id: 'link-down',
    shownBy: (facts) => (downForLong(facts) ? (facts.addresses.mqtt ?? '') : null),
  },
  {
    id: 'license',
    shownBy: ({ steps }) => {
      const refused = steps.filter((step) => findingOfStep(step) === 'license')[0]
      return refused === undefined ? null : raw(refused)
    },
  },
  {
    id: 'old-engine',
    shownBy: (facts) =>
      facts.chromium !== null && facts.chromium < OLDEST_CHROMIUM
        ? `Chromium ${facts.chromium}`
        : failed(facts, 'page'),
  },
  {
    id: 'page-http',
    shownBy: ({ addresses, appVersion, opened }) => {
      if (schemeOf(addresses.page) !== 'http') return null
      if (appVersion === null) return opened ? null : addresses.page
      return olderThan(appVersion, 6, 1) ? `Pilot ${appVersion}` : null
    },
  },
  {
    id: 'certificate',
    shownBy: (facts) =>
      downForLong(facts) && ['ssl', 'wss'].indexOf(schemeOf(facts.addresses.mqtt) ?? '') >= 0
        ? (facts.addresses.mqtt ?? '')
        : null,
  },
  {
    id: 'no-aircraft',
    shownBy: ({ bridge, gateway, aircraft }) =>
      bridge === 'present' && gateway !== null && aircraft === null ? 'device not connect' : null,
  },
  {
    id: 'no-serial',
    shownBy: ({ gateway, steps }) =>
      gateway === null && steps.some(({ id, status }) => id === 'gateway' && status === 'waiting')
        ? 'platformGetRemoteControllerSN'
        : null,
  },
  {
    id: 'still-connecting',
    shownBy: (facts) => (facts.link === 'connecting' && !downForLong(facts) ? 'false' : null),
  },
  {
    id: 'thing-not-loaded',
    shownBy: (facts) => codeBetween(facts, PILOT_CODES.THING_NOT_LOADED, PILOT_CODES.THING_NOT_LOADED),
  },
  {
    id: 'stale-page',
    shownBy: ({ build }) =>
      build.page !== null && build.server !== null && build.page !== build.server
        ? `${build.page} / ${build.server}`
        : null,
  },
  {
    id: 'not-really-connected',
    shownBy: ({ link, linkForMs, seenByServer, gateway }) =>
      link === 'connected' && linkForMs >= LINK_MS && seenByServer.gateway === false ? (gateway ?? '') : null,
  },
  {
    id: 'storage',
    shownBy: ({ modules, storageStatus }) =>
      modules !== null &&
      modules.indexOf('media') >= 0 &&
      storageStatus !== null &&
      (storageStatus < 200 || storageStatus >= 300)
        ? `POST sts: ${storageStatus}`
        : null,
  },
  {
    id: 'no-routes',
    shownBy: ({ modules, loaded, link }) => {
      // The host has not switched it on: then nobody misses the routes.
      if (modules === null || modules.indexOf('mission') < 0) return null
      return loaded.mission === 'failed' || (link === 'connected' && loaded.mission === 'off')
        ? 'mission: not loaded'
        : null
    },
  },
  // 613001 to 613099 are Pilot's error codes of live streaming (facts B3).
  { id: 'live', shownBy: (facts) => codeBetween(facts, 613_001, 613_099) },
  {
    id: 'thrown-out',
    shownBy: ({ loginReason, tokenTtlMs }) => {
      if (loginReason !== null && loginReason !== 'signed_out') return loginReason
      return tokenTtlMs !== null && tokenTtlMs < SHORT_TOKEN_MS ? `${Math.round(tokenTtlMs / 1000)} s` : null
    },
  },
]

/** What the page sees of network and server. */
export const REACH: readonly Symptom<'no-network' | 'server-unreachable'>[] = [
  { id: 'no-network', shownBy: ({ networkUp }) => (networkUp === false ? 'offline' : null) },
  {
    id: 'server-unreachable',
    shownBy: ({ serverFailingForMs, addresses }) =>
      serverFailingForMs >= SERVER_MS ? (addresses.api ?? addresses.page ?? '') : null,
  },
]

function olderThan(version: string, major: number, minor: number): boolean {
  const [first = Number.NaN, second = 0] = version.split('.').map(Number)
  return first < major || (first === major && second < minor)
}
