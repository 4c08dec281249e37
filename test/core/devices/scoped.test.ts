import { describe, expect, it } from 'vitest'
import { type AllDevices, devicesIn } from '../../../src/core/devices/scoped.ts'

const OURS = 'workspace-of-ours'
const VIEWS = new Map([
  ['OURS1', { serial: 'OURS1', workspaceId: OURS }],
  ['THEIRS1', { serial: 'THEIRS1', workspaceId: 'workspace-of-theirs' }],
])

/** All devices, and what was asked of them. */
function everyone() {
  const asked: unknown[] = []
  const ask =
    (name: string) =>
    (...args: unknown[]) => {
      asked.push([name, ...args])
      return `${name} done` as never
    }
  const devices = {
    get: (serial: string) => VIEWS.get(serial) ?? null,
    getState: (serial: string) => VIEWS.get(serial) ?? null,
    list: ask('list'),
    telemetry: ask('telemetry'),
    toGeoJSON: ask('toGeoJSON'),
    callService: ask('callService'),
    setProperties: ask('setProperties'),
    sendDrcCommand: ask('sendDrcCommand'),
    disconnect: ask('disconnect'),
  } as unknown as AllDevices
  return { devices: devicesIn(devices, OURS), asked }
}

describe('the devices of one workspace', () => {
  it('are selected by the id of the workspace', () => {
    const { devices, asked } = everyone()
    devices.list()
    devices.toGeoJSON()
    devices.telemetry({ bufferSize: 2, workspaceId: 'workspace-of-theirs' } as never)
    expect(asked).toEqual([
      ['list', OURS],
      ['toGeoJSON', OURS],
      ['telemetry', { bufferSize: 2, workspaceId: OURS }],
    ])
  })

  it.each(['THEIRS1', 'NOBODYS'])(
    'do not include %s: it is not shown and cannot be commanded',
    async (serial) => {
      const { devices, asked } = everyone()
      expect([devices.get(serial), devices.getState(serial)]).toEqual([null, null])
      const commands = [
        () => devices.callService(serial, 'return_home'),
        () => devices.setProperties(serial, {}),
        () => devices.sendDrcCommand(serial, { method: 'heart_beat', data: {} }),
        () => devices.disconnect(serial),
      ]
      for (const command of commands)
        await expect(command()).rejects.toMatchObject({ code: 'DEVICE_UNKNOWN' })
      expect(asked).toEqual([])
    },
  )

  it('are shown and commanded', async () => {
    const { devices, asked } = everyone()
    expect(devices.get('OURS1')).toMatchObject({ serial: 'OURS1' })
    expect(await devices.callService('OURS1', 'return_home', { a: 1 }, { timeoutMs: 5 })).toBe(
      'callService done',
    )
    expect(asked).toEqual([['callService', 'OURS1', 'return_home', { a: 1 }, { timeoutMs: 5 }]])
  })

  it.each([undefined, ''])('without a workspace (%j) are an error, and not all devices', (workspace) => {
    expect(() => devicesIn({} as AllDevices, workspace as string)).toThrow('got no workspace')
  })
})
