import type { Fleet, FleetAircraft } from '../../core/pages/fleet.ts'

const PILOTS = ['ada', 'ben', 'chiara', 'daniel.of.the.mountain.rescue@example.com', 'eve', 'li.wei']
const MODELS = ['Mavic 3E', 'Matrice 4T', 'Matrice 350 RTK', 'Mavic 3T', null] as const
const NAMES = ['Kite', 'Heron', 'Swift', 'Falcon', 'Owl', null, 'Search and rescue, western valley'] as const

/** Made-up devices, the same at each call. */
function aircraft(index: number, now: number, more: Partial<FleetAircraft> = {}): FleetAircraft {
  const online = index % 3 !== 2
  const model = MODELS[index % MODELS.length] ?? null
  return {
    sn: `1581FAKE${String(index).padStart(12, '0')}`,
    nickname: NAMES[index % NAMES.length] ?? null,
    model,
    model_key: '0-77-0',
    online,
    last_report_at: online ? now - (index % 7 === 3 ? 40_000 : 800) : now - index * 3_600_000,
    battery_percent: index % 11 === 10 ? null : (index * 37) % 101,
    mode_code: index % 5 === 4 ? 0 : 3 + (index % 3),
    elevation: index % 11 === 10 ? null : (index * 13) % 120,
    horizontal_speed: index % 11 === 10 ? null : (index % 15) + 0.5,
    remain_flight_time: null,
    sdr_quality: null,
    lte_quality: null,
    latitude: index % 6 === 5 ? null : 46.9 + index / 300,
    longitude: index % 6 === 5 ? null : 8.2 + index / 200,
    attitude_head: null,
    pilot: online ? (PILOTS[index % PILOTS.length] ?? '') : '',
    gateway_sn: `RCFAKE${String(index).padStart(8, '0')}`,
    ...more,
  }
}

/** A workspace with this many aircraft: online and offline, with old reports and without reports. */
export function madeUpFleet(count: number, now = Date.now()): Fleet {
  const all = Array.from({ length: count }, (_, index) => aircraft(index, now))
  const controller = (one: FleetAircraft, index: number) => ({
    ...one,
    ...{ sn: one.gateway_sn ?? '', nickname: null, model: index % 2 === 0 ? 'RC Plus' : 'RC Pro Enterprise' },
  })
  return {
    now,
    aircraft: all,
    aircraft_total: count,
    gateways: [
      ...all.map(controller),
      { ...aircraft(900, now), sn: 'RCFAKE0000FREE', nickname: null, model: 'RC Plus 2', pilot: 'ada' },
      {
        ...aircraft(901, now),
        sn: 'RCFAKE0000DOCK',
        nickname: 'Dock on the roof',
        model: 'Dock 2',
        pilot: '',
      },
    ],
  }
}
