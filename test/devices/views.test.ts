import { expect, it } from 'vitest'
import { startCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'
import { A1, G1, logIn, newPilot } from './picture.ts'

const PASSWORD = 'a-fake-password'
const users = [{ username: 'ada', password: PASSWORD, workspace: WORKSPACE_A }]

it('views have nickname and index of the controller; the host claims and releases devices', async () => {
  const host = await startCloud({ users })
  const devices = host.cloud.devices.in(WORKSPACE_A.id)
  const others = host.cloud.devices.in(WORKSPACE_B.id)
  await devices.claim(A1, { boundBy: 'ada' })
  const pilot = newPilot(host.link, G1, A1)
  try {
    const headers = { 'x-auth-token': await logIn(host.url, { username: 'ada', password: PASSWORD }) }
    const rename = (serial: string, nickname: string) =>
      ask(host.url, `/manage/api/v1/devices/${WORKSPACE_A.id}/devices/${serial}`, {
        ...{ method: 'PUT', headers, body: { nickname } },
      })
    await rename(A1, 'Red')
    await pilot.login('ada', PASSWORD)
    await pilot.topologyAcknowledged()
    const seen = () => devices.get(A1)?.aircraft[0]
    // Read when it came online.
    await expect.poll(() => seen()?.nickname).toBe('Red')
    expect([seen()?.controllerIndex, devices.get(G1)?.nickname]).toEqual(['A', null])
    await rename(A1, 'Blue')
    await rename(G1, 'Ground')
    expect([seen()?.nickname, devices.get(G1)?.nickname]).toEqual(['Blue', 'Ground'])
    expect(devices.list()[0]?.aircraft[0]?.nickname).toBe('Blue')

    await expect(others.claim(A1)).rejects.toMatchObject({ code: 'OTHER_WORKSPACE' })
    expect(await others.release(A1)).toBe(false)
    expect(seen()?.online).toBe(true)
    expect(await devices.release(A1)).toBe(true)
    expect(seen()).toBeUndefined()
    await pilot.close()
    await others.claim(A1)
    await expect(devices.claim(A1)).rejects.toMatchObject({ code: 'OTHER_WORKSPACE' })
  } finally {
    await pilot.close()
    await host.close()
  }
})
