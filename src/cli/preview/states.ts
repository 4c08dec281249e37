import type { Act, PreviewState } from './state.ts'
import { LOGIN_STATES } from './states-login.ts'

const LONG = 'Bergrettung und Waldbrandüberwachung Nordost, Einsatzabschnitt Siebzehn, '
const WITHOUT_SPACES = 'Donaudampfschifffahrtsgesellschaftskapitänspatentinhaberverzeichnis'

const CONNECTED = '#link[data-link="connected"]'
const everything: Pick<PreviewState, 'modules' | 'apps'> = {
  modules: ['liveshare', 'map', 'media', 'mission'],
  apps: [
    { name: 'Radio', url: 'radio://open', package: null },
    { name: 'Weather on the mountain', url: 'weather://open', package: 'com.example.weather' },
  ],
}
const after = (...acts: readonly Act[]): readonly Act[] => [['wait', CONNECTED], ...acts]

/** States of the main page. */
const HOME_STATES: readonly PreviewState[] = [
  { name: 'home', page: 'home' },
  { name: 'home-others', page: 'home', server: { others: true } },
  { name: 'home-no-aircraft', page: 'home', pilot: { aircraft: false } },
  {
    ...{ name: 'home-long-names', page: 'home', platformName: `${LONG}${WITHOUT_SPACES}` },
    server: { workspace: `${LONG}${WITHOUT_SPACES} ${LONG}`.slice(0, 256) },
  },
  { name: 'home-everything', page: 'home', ...everything, acts: after(['open', '#diagnosis']) },
  {
    ...{ name: 'home-settings', page: 'home', ...everything },
    acts: after(['wait', '#media-panel'], ['open', '#settings']),
  },
  { name: 'home-connecting', page: 'home', pilot: { connects: false } },
  {
    ...{ name: 'home-stuck', page: 'home', pilot: { connects: false } },
    acts: [
      ['wait', '#link[data-link="connecting"]'],
      ['later', 25_000],
    ],
  },
  { name: 'home-old', page: 'home', server: { reportAgeMs: 40_000 } },
  { name: 'home-doubt', page: 'home', server: { reportAgeMs: null }, acts: after(['later', 25_000]) },
  { name: 'home-server-away', page: 'home', acts: after(['away'], ['later', 5_000]) },
  { name: 'home-licence', page: 'home', pilot: { license: 'malformed' } },
  { name: 'home-licence-missing', page: 'home', server: { hasLicense: false } },
  { name: 'home-licence-refused', page: 'home', pilot: { missing: ['platformVerifyLicense'] } },
  {
    ...{ name: 'home-gone', page: 'home' },
    acts: after(['click', '#leave'], ['click', '#leave-confirm']),
  },
  { name: 'home-leave', page: 'home', acts: after(['click', '#leave']) },
  { name: 'home-logout', page: 'home', acts: after(['click', '#logout']) },
]

/** States of the page for ordinary browsers. */
const fleet = (name: string, count: number, acts: readonly Act[] = []): PreviewState => ({
  ...{ name, page: 'fleet', pilot: null, server: { fleet: count }, acts },
})
const FLEET_STATES: readonly PreviewState[] = [
  fleet('fleet-empty', 0),
  fleet('fleet-one', 1),
  fleet('fleet-eight', 8),
  fleet('fleet-twenty', 20),
  fleet('fleet-no-match', 20, [['fill', '#filter', 'no such aircraft']]),
  fleet('fleet-away', 3, [['wait', '#fleet'], ['away'], ['later', 20_000]]),
]

/** All that the preview shows. */
export const PREVIEW_STATES: readonly PreviewState[] = [
  ...LOGIN_STATES,
  ...HOME_STATES,
  ...FLEET_STATES,
  {
    ...{ name: 'error', page: 'error' },
    failure: { code: 404_000, message: 'There is no such page.', hint: 'Check the address.' },
  },
]
