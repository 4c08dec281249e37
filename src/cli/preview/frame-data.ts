import { buildBootstrap } from '../../core/pages/bootstrap.ts'
import type { Fleet } from '../../core/pages/fleet.ts'
import type { Bootstrap } from '../../core/pages/page-data.ts'
import type { AircraftSummary, DeviceSummary, Situation } from '../../core/pages/situation.ts'
import { madeUpFleet } from './fleet-data.ts'
import type { Act, FakePilot, FakeServer, PreviewState } from './state.ts'

/** The data for the script of a frame: all answers of its fake Pilot and its fake server. */
export interface FrameData {
  readonly pilot: FakePilot | null
  readonly server: FakeServer
  readonly acts: readonly Act[]
  /** The values in the storage of the page. */
  readonly storage: Readonly<Record<string, string>>
  readonly bootstrap: Bootstrap
  readonly situation: Situation
  readonly fleet: Fleet
}

const PILOT: FakePilot = { aircraft: true, license: 'accepted', connects: true, missing: [] }
const SERVER: FakeServer = {
  hasLicense: true,
  workspace: 'Harbour',
  reportAgeMs: 1_000,
  others: false,
  fleet: 0,
  login: { status: 403, code: 403001, data: null },
  challenge: { status: 403, code: 403010, data: null },
  away: false,
}

const device = (sn: string, model: string): DeviceSummary => ({
  ...{ sn, model, nickname: null, model_key: null, online: true, last_report_at: 0, battery_percent: 82 },
  ...{ mode_code: null, elevation: null, horizontal_speed: null, remain_flight_time: null },
  ...{ sdr_quality: 5, lte_quality: null, latitude: 53.55, longitude: 9.99, attitude_head: 90 },
})
const aircraft = (sn: string, model: string, gateway_sn: string, pilot: string): AircraftSummary => ({
  ...device(sn, model),
  ...{ gateway_sn, pilot, mode_code: 3, elevation: 48, horizontal_speed: 6, remain_flight_time: 1_260 },
})

/** @param build of the page */
export function frameData(state: PreviewState, origin: string, now: number, build: string): FrameData {
  const pilot = state.pilot === null ? null : { ...PILOT, ...state.pilot }
  const server = { ...SERVER, ...state.server }
  const isSeen = server.reportAgeMs !== null
  return {
    pilot,
    server,
    acts: state.acts ?? [],
    fleet:
      server.fleet === 0
        ? { now, aircraft: [], aircraft_total: 0, gateways: [] }
        : madeUpFleet(server.fleet, now),
    storage:
      state.page === 'home' || state.page === 'fleet' || state.token === true
        ? { 'dji-cloud.token': 'a-fake-token' }
        : {},
    bootstrap: buildBootstrap({
      license: server.hasLicense ? { appId: '1', appKey: 'fake', appLicense: 'fake' } : null,
      platformName: state.platformName ?? '',
      modules: Object.fromEntries((state.modules ?? []).map((name) => [name, true])),
      user: {
        ...{ id: 'pia', username: 'pia', role: 'pilot' },
        workspace: { id: '11111111-2222-4333-8444-555555555555', name: server.workspace, description: '' },
      },
      session: { id: 'fake', expiresAt: now + 86_400_000 },
      tokenExpiresAt: now + 43_200_000,
      accessToken: null,
      origin,
      mount: '',
      configured: false,
      now,
      build,
    }),
    situation: {
      now,
      controller: isSeen ? device('RCFAKE00000001', 'RC Pro Enterprise') : null,
      aircraft:
        isSeen && pilot?.aircraft === true
          ? [aircraft('1581FAKE000000000001', 'Mavic 3E', 'RCFAKE00000001', 'pia')]
          : [],
      others: server.others
        ? [
            aircraft('1581FAKE000000000002', 'Matrice 4T', 'RCFAKE00000002', 'ada'),
            aircraft('1581FAKE000000000003', 'Matrice 30T', 'RCFAKE00000003', 'ben'),
          ]
        : [],
      others_total: server.others ? 2 : 0,
    },
  }
}
