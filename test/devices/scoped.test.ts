import { expect, it } from 'vitest'
import { startCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'
import { A1, G1, logIn, newPilot } from './picture.ts'

const PASSWORD = 'a-fake-password'
const users = [
  { username: 'ada', password: PASSWORD, workspace: WORKSPACE_A },
  { username: 'bo', password: PASSWORD, workspace: WORKSPACE_B },
]

it.each(['express 5', 'koa 3'] as const)(
  'a naive route of the host shows no other workspace a device, in %s',
  async (framework) => {
    const cloud = await startCloud({ users }, { framework, mount: '', parser: 'none' })
    const pilot = newPilot(cloud.link, G1, A1)
    try {
      await pilot.login('ada', PASSWORD)
      await pilot.topologyAcknowledged()
      const asked = async (username: string, serial: string) => {
        const headers = { 'x-auth-token': await logIn(cloud.url, { username, password: PASSWORD }) }
        return (await ask(cloud.url, `/mine/${serial}`, { headers })).json
      }
      expect(await asked('ada', A1)).toMatchObject({ device: { serial: G1, online: true } })
      for (const serial of [A1, G1]) expect(await asked('bo', serial)).toEqual({ device: null })
      const devices = cloud.cloud.devices.in(WORKSPACE_B.id)
      await expect(devices.callService(A1, 'return_home')).rejects.toMatchObject({ code: 'DEVICE_UNKNOWN' })
      expect(devices.list()).toEqual([])
    } finally {
      await pilot.close()
      await cloud.close()
    }
  },
)
