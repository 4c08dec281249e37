// What both generators of a fleet have in common: names, the topology, requests, figures, and how they are controlled.

export const PER_WORKSPACE = 20

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
export const gatewayOf = (index) => `RCFAKE${String(index).padStart(8, '0')}`
export const aircraftOf = (index) => `1581FAKE${String(index).padStart(12, '0')}`
export const workspaceOf = (index) => Math.floor(index / PER_WORKSPACE)

export async function post(server, path, body, token) {
  const headers = { 'content-type': 'application/json', ...(token ? { 'x-auth-token': token } : {}) }
  const url = `${server.url}/manage/api/v1${path}`
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const { code, data } = await answer.json()
  if (code !== 0) throw new Error(`${path}: ${answer.status} ${code}`)
  return data
}

/** The access token of a controller's pilot, and its MQTT credentials. */
export async function logIn(server, index) {
  const user = { username: `${workspaceOf(index)}-${index}`, password: 'fake' }
  const token = (await post(server, '/login', { ...user, flag: 2 })).access_token
  const body = { gateway_sn: gatewayOf(index) }
  const { username, password } = await post(server, '/mqtt/credentials', body, token)
  return { token, credentials: { username, password } }
}

export const topology = (index) =>
  JSON.stringify({
    tid: 't',
    bid: 'b',
    method: 'update_topo',
    data: {
      domain: 2,
      type: 144,
      sub_type: 0,
      sub_devices: [{ sn: aircraftOf(index), domain: 0, type: 77, sub_type: 0 }],
    },
  })

/** What a Mavic 3 reports beside its place: about 1 KB. */
export const AIRCRAFT_VALUES = {
  attitude_pitch: 0.1,
  attitude_roll: -0.2,
  horizontal_speed: 7.5,
  vertical_speed: 0,
  mode_code: 5,
  gear: 1,
  wind_speed: 31,
  wind_direction: 3,
  total_flight_time: 81_234,
  total_flight_distance: 512_345,
  position_state: { is_fixed: 2, quality: 5, gps_number: 21, rtk_number: 0 },
  battery: {
    capacity_percent: 71,
    return_home_power: 25,
    batteries: [
      {
        sn: 'FAKEBATTERY0001',
        index: 0,
        capacity_percent: 71,
        voltage: 15_432,
        temperature: 31.5,
        loop_times: 44,
      },
    ],
  },
  storage: { total: 60_000_000, used: 12_345_678 },
  cameras: [
    { payload_index: '66-0-0', camera_mode: 0, photo_state: 0, recording_state: 0, remain_photo_num: 4321 },
  ],
}

/** Counts pushes and their delays. `height` is a counter of each device, `elevation` the time at which it was sent. */
export function createPushStats(longestMs) {
  const delays = new Uint32Array(longestMs)
  const stats = { pushes: 0, disorder: 0, skipped: 0 }
  function percentile(share) {
    let total = 0
    for (const count of delays) total += count
    let seen = 0
    for (let ms = 0; ms < longestMs; ms += 1) {
      seen += delays[ms]
      if (seen >= total * share) return ms
    }
    return longestMs
  }
  return {
    /** @param last the newest counter of each device that this watcher has seen */
    pushed(last, sn, height, elevation) {
      const delay = Math.round(performance.now() - elevation)
      delays[Math.min(longestMs - 1, Math.max(0, delay))] += 1
      stats.pushes += 1
      const before = last.get(sn)
      if (before !== undefined) {
        if (height <= before) stats.disorder += 1
        else stats.skipped += height - before - 1
      }
      last.set(sn, height)
    },
    reset() {
      stats.pushes = stats.disorder = stats.skipped = 0
      delays.fill(0)
    },
    figures: () => ({ ...stats, p50: percentile(0.5), p99: percentile(0.99), max: percentile(1) }),
  }
}

/** Does what each message `{do, ...}` says, and answers when it is done. */
export function serve(actions) {
  process.on('message', async (message) => {
    try {
      process.send({ done: (await actions[message.do](message)) ?? null })
    } catch (error) {
      process.send({ failed: String(error?.stack ?? error) })
    }
  })
  process.send({ ready: true })
}
