import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { geoJsonOf } from '../../../src/core/devices/geojson.ts'
import { streamReports } from '../../../src/core/devices/reports.ts'
import { createTelemetry, MAX_KEPT_BYTES, merge } from '../../../src/core/devices/telemetry.ts'
import { positionOf } from '../../../src/core/devices/values.ts'

const heard = (serial: string, data: object, workspaceId = 'W1', at = 1) => ({
  ...{ workspaceId, gateway: 'G1', serial, at },
  data: data as Record<string, unknown>,
})

describe('merge', () => {
  const fields = fc.dictionary(fc.string(), fc.jsonValue())

  it('changes neither argument, and the result has the top fields of the report', () => {
    fc.assert(
      fc.property(fields, fields, (base, report) => {
        const before = JSON.stringify([base, report])
        const merged = merge(base, report)
        expect(JSON.stringify([base, report])).toBe(before)
        for (const [key, value] of Object.entries(report))
          if (key !== '__proto__' && (typeof value !== 'object' || value === null || Array.isArray(value)))
            expect(merged[key]).toEqual(value)
        for (const key of Object.keys(base)) expect(Object.hasOwn(merged, key)).toBe(true)
        expect(merge(merged, report)).toEqual(merged)
      }),
    )
  })

  it('is limited, and inherits nothing from a report', () => {
    const report = JSON.parse('{"__proto__":{"admin":true},"a":{"__proto__":{"admin":true}}}')
    const merged = merge({}, report) as { admin?: boolean; a: { admin?: boolean } }
    expect([merged.admin, merged.a.admin, Object.getPrototypeOf(merged.a)]).toEqual([
      undefined,
      undefined,
      Object.prototype,
    ])
    let state: Record<string, unknown> = {}
    for (let round = 0; round < 20; round += 1) {
      const many = Object.fromEntries(Array.from({ length: 100 }, (_, key) => [`${round}-${key}`, 1]))
      state = merge(state, many)
    }
    expect(Object.keys(state)).toHaveLength(512)
    expect(merge(state, { '0-0': 2, beyond: 1 })).toEqual({ ...state, '0-0': 2 })
  })
})

describe('the values that are kept of one device', () => {
  const sizeOf = (telemetry: ReturnType<typeof createTelemetry>) => {
    const { osd, state } = telemetry.latest('A1') ?? {}
    expect(osd).toBe(state)
    return JSON.stringify(osd).length
  }
  const big = 'x'.repeat(200_000)

  it('are limited, by any channel', () => {
    const telemetry = createTelemetry()
    const answers = new Set<boolean>()
    for (let n = 0; n < 100; n += 1) {
      answers.add(telemetry.osd(heard('A1', { [`text${n}`]: big, height: n })))
      answers.add(telemetry.state(heard('A1', { [`list${n}`]: Array(10_000).fill([]), n })))
      answers.add(telemetry.osd(heard('A1', { deep: { deeper: { [`field${n}`]: big.slice(0, 50_000) } } })))
    }
    expect(answers).toEqual(new Set([true, false]))
    expect(sizeOf(telemetry)).toBeLessThan(MAX_KEPT_BYTES)
    // What has room goes on: only what has none is left out.
    expect(telemetry.latest('A1')).toMatchObject({ osd: { text0: big, height: 99 }, state: { n: 99 } })
  })

  it('have room again after values became smaller, and after a new start', () => {
    const telemetry = createTelemetry()
    for (let round = 0; round < 50; round += 1) {
      expect(telemetry.osd(heard('A1', { a: big, nested: { b: big.slice(0, 50_000) } }))).toBe(true)
      expect(telemetry.osd(heard('A1', { c: big }))).toBe(false)
      // An object in place of a text, and the other way round.
      expect(telemetry.osd(heard('A1', { a: { short: 1 }, nested: null }))).toBe(true)
      expect(telemetry.state(heard('A1', { s: big }))).toBe(true)
      expect(telemetry.state(heard('A1', { s: [] }))).toBe(true)
    }
    expect(telemetry.osd(heard('A1', { a: big }))).toBe(true)
    telemetry.renew('A1')
    expect(telemetry.osd(heard('A1', { b: big }))).toBe(true)
  })
})

describe('the part of an OSD that can be shown', () => {
  it.each<[string, object, object | null]>([
    ['a place', { latitude: 47, longitude: 8, is_fixed: 0 }, { latitude: 47, longitude: 8 }],
    ['no fix', { latitude: 0, longitude: 0, height: 3 }, { height: 3 }],
    ['on the equator', { latitude: 0, longitude: 8 }, { latitude: 0, longitude: 8 }],
    ['half a place', { latitude: 47 }, null],
    ['nowhere', { latitude: 91, longitude: 8 }, null],
    ['texts', { latitude: '47', longitude: '8' }, null],
    ['neither', { capacity_percent: 80 }, null],
  ])('%s', (_, osd, position) => {
    expect(positionOf(osd as Record<string, unknown>)).toEqual(position)
  })

  it('as GeoJSON: longitude first, null if the position is not known', () => {
    const telemetry = createTelemetry()
    telemetry.osd(
      heard('A1', { latitude: 47, longitude: 8, height: 12, attitude_head: 90, horizontal_speed: 5 }),
    )
    const view = {
      ...{ serial: 'G1', workspaceId: 'W1', sessionId: 'S1', userId: 'U1', model: null, online: true },
      ...{ connected: true, lastSeenAt: 1, nickname: null },
      aircraft: [
        {
          serial: 'A1',
          model: { key: '0-77-0', name: 'Mavic 3E' },
          ...{ nickname: null, controllerIndex: 'A' },
          online: true,
          onlineSince: 1,
          handovers: 0,
          lastSeenAt: 1,
        },
      ],
      linked: [],
      awaitingReconnect: false,
      onlineSince: 1,
    }
    expect(geoJsonOf([view], telemetry.latest).features).toMatchObject([
      { id: 'G1', geometry: null, properties: { kind: 'gateway', at: null } },
      {
        id: 'A1',
        geometry: { type: 'Point', coordinates: [8, 47, 12] },
        properties: { kind: 'aircraft', gateway: 'G1', online: true, heading: 90, speed: 5, at: 1 },
      },
    ])
  })
})

describe('telemetry', () => {
  it('a field is the same, by OSD or by state', () => {
    const telemetry = createTelemetry()
    const told: string[] = []
    telemetry.listen(({ serial }, data) => told.push(`${serial} ${Object.keys(data)}`))
    telemetry.state(heard('A1', { firmware_version: '1', mode_code: 1, nested: { a: 1 } }))
    telemetry.osd(heard('A1', { mode_code: 2, nested: { b: 2 } }))
    const fields = { firmware_version: '1', mode_code: 2, nested: { a: 1, b: 2 } }
    expect(telemetry.latest('A1')).toMatchObject({ osd: fields, state: fields })
    expect(told).toEqual(['A1 firmware_version,mode_code,nested', 'A1 mode_code,nested'])
  })

  describe('fields that came by OSD', () => {
    it('are kept apart from fields that came only by state', () => {
      const telemetry = createTelemetry()
      expect(telemetry.reported('A1')).toBe(null)
      telemetry.state(heard('A1', { live_capacity: 1, mode_code: 1 }))
      expect(telemetry.reported('A1')).toBe(null)
      telemetry.osd(heard('A1', { height: 1, mode_code: 2 }))
      expect(telemetry.reported('A1')).toEqual({ height: 1, mode_code: 2 })
      // Once by OSD, then by `state`: it is the same field, and newer.
      telemetry.state(heard('A1', { mode_code: 3, dongle_infos: [] }))
      expect(telemetry.reported('A1')).toEqual({ height: 1, mode_code: 3 })
      const all = { live_capacity: 1, mode_code: 3, height: 1, dongle_infos: [] }
      expect(telemetry.latest('A1')?.osd).toEqual(all)
      expect(telemetry.propertiesIn('A1', all)).toEqual(['live_capacity', 'dongle_infos'])
      expect(telemetry.propertiesIn('A1', { height: 1 })).toEqual([])
    })

    it('are still kept apart at another node, in any order of messages', () => {
      const [here, there] = [createTelemetry(), createTelemetry()]
      const pass = (data: object) =>
        there.osd({ ...heard('A1', data), properties: here.propertiesIn('A1', data as never) })
      here.state(heard('A1', { live_capacity: 1, mode_code: 1 }))
      pass({ live_capacity: 1, mode_code: 1 })
      expect(there.reported('A1')).toBe(null)
      here.osd(heard('A1', { height: 1, mode_code: 2 }))
      pass({ height: 1, mode_code: 2 })
      expect(there.reported('A1')).toEqual({ height: 1, mode_code: 2 })
      expect(there.propertiesIn('A1', { live_capacity: 2 })).toEqual(['live_capacity'])
    })

    it('are kept too for a device that sent properties before it was online', () => {
      const telemetry = createTelemetry()
      telemetry.state(heard('G1', { firmware_version: '2' }), false)
      telemetry.state(heard('G1', { live_capacity: {} }), false)
      telemetry.renew('G1')
      telemetry.osd(heard('G1', { height: 1 }))
      expect(telemetry.latest('G1')?.osd).toEqual({ firmware_version: '2', live_capacity: {}, height: 1 })
      expect(telemetry.reported('G1')).toEqual({ height: 1 })
    })

    it('of an earlier flight or another workspace do not count', () => {
      const telemetry = createTelemetry()
      telemetry.osd(heard('A1', { height: 1 }))
      telemetry.renew('A1')
      telemetry.state(heard('A1', { height: 2 }))
      expect(telemetry.reported('A1')).toBe(null)
      telemetry.osd(heard('A1', { height: 1 }, 'W2'))
      expect(telemetry.reported('A1')).toEqual({ height: 1 })
      telemetry.forget('A1')
      expect([telemetry.reported('A1'), telemetry.propertiesIn('A1', { height: 1 })]).toEqual([null, []])
    })

    it('keep no more names than there are fields', () => {
      const telemetry = createTelemetry()
      for (let round = 0; round < 20; round += 1)
        telemetry.state(
          heard('A1', Object.fromEntries(Array.from({ length: 100 }, (_, key) => [`${round}-${key}`, 1]))),
        )
      const all = telemetry.latest('A1')?.osd ?? {}
      expect(telemetry.propertiesIn('A1', { ...all, '19-99': 1 })).toHaveLength(512)
    })
  })

  it('a report before the device is online is kept for the next flight, and listeners do not get it yet', () => {
    const telemetry = createTelemetry()
    let told = 0
    telemetry.listen(() => {
      told += 1
    })
    telemetry.osd(heard('G1', { battery: 1 }))
    // Offline, and back: it says what it is before it counts as online.
    telemetry.state(heard('G1', { firmware_version: '2' }), false)
    telemetry.state(heard('G1', { live_capacity: {} }), false)
    expect(told).toBe(1)
    telemetry.renew('G1')
    expect(told).toBe(2)
    telemetry.osd(heard('G1', { wireless_link: {} }))
    expect(telemetry.latest('G1')?.osd).toEqual({
      ...{ firmware_version: '2', live_capacity: {}, wireless_link: {} },
    })
    telemetry.renew('G1')
    telemetry.osd(heard('G1', { battery: 2 }))
    expect(telemetry.latest('G1')?.osd).toEqual({ battery: 2 })
  })

  it('takes over what another node knows if that is newer, without calling listeners', () => {
    const telemetry = createTelemetry()
    telemetry.listen(() => expect.unreachable())
    telemetry.restore(heard('A1', { height: 1 }))
    telemetry.restore(heard('A1', { height: 2 }))
    expect(telemetry.latest('A1')?.osd).toEqual({ height: 1 })
    telemetry.renew('A1')
    telemetry.restore(heard('A1', { height: 3 }))
    expect(telemetry.latest('A1')?.osd).toEqual({ height: 1 })
  })

  it('of a device that comes online again, or in another workspace, starts without old values', () => {
    const telemetry = createTelemetry()
    telemetry.osd(heard('A1', { a: 1 }))
    telemetry.state(heard('A1', { s: 1 }))
    telemetry.renew('A1')
    telemetry.osd(heard('A1', { b: 1 }))
    expect(telemetry.latest('A1')).toMatchObject({ osd: { b: 1 }, state: {} })
    telemetry.osd(heard('A1', { c: 1 }, 'W2'))
    expect(telemetry.latest('A1')).toMatchObject({ workspaceId: 'W2', osd: { c: 1 } })
    telemetry.prune(2)
    expect(telemetry.list()).toEqual([])
  })

  it('can be iterated as it arrives, for one workspace', async () => {
    const telemetry = createTelemetry()
    const reports = streamReports(telemetry, { workspaceId: 'W1' })
    const first = reports.next()
    telemetry.osd(heard('A2', { x: 1 }, 'W2'))
    telemetry.osd(heard('A1', { x: 1 }))
    telemetry.osd(heard('A1', { y: 2 }))
    expect((await first).value).toMatchObject({ serial: 'A1', osd: { x: 1 }, dropped: 0 })
    expect((await reports.next()).value).toMatchObject({ osd: { x: 1, y: 2 } })
    expect(await reports.return()).toEqual({ done: true, value: undefined })
    expect((await reports.next()).done).toBe(true)
  })

  it.each([1, 3])('drops the oldest reports of each device if nobody takes them: keeps %i', async (keep) => {
    const telemetry = createTelemetry()
    const reports = streamReports(telemetry, { bufferSize: keep })
    for (let n = 1; n <= 10; n += 1) for (const serial of ['A1', 'A2']) telemetry.osd(heard(serial, { n }))
    const taken: string[] = []
    for (let count = 0; count < 2 * keep; count += 1) {
      const { value } = await reports.next()
      taken.push(`${value?.serial} ${value?.osd['n']} ${value?.dropped}`)
    }
    const of = (serial: string) => taken.filter((one) => one.startsWith(serial))
    const kept = Array.from({ length: keep }, (_, at) => 10 - keep + 1 + at)
    expect(of('A1')).toEqual(kept.map((n, at) => `A1 ${n} ${at === 0 ? 10 - keep : 0}`))
    expect(of('A2')).toHaveLength(keep)
    // The queue is empty now: the next one waits for news.
    const next = reports.next()
    telemetry.osd(heard('A1', { n: 11 }))
    expect((await next).value?.osd['n']).toBe(11)
  })

  it('ends with its signal and with the platform, also during a wait', async () => {
    const telemetry = createTelemetry()
    const stop = new AbortController()
    const waiting = streamReports(telemetry, { signal: stop.signal }).next()
    stop.abort()
    expect((await waiting).done).toBe(true)
    expect((await streamReports(telemetry, { signal: stop.signal }).next()).done).toBe(true)
    const other = streamReports(telemetry).next()
    telemetry.close()
    expect((await other).done).toBe(true)
  })
})
