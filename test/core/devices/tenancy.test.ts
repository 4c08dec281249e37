import { describe, expect, it } from 'vitest'
import { memoryDevices } from '../../../src/adapters/devices/memory.ts'
import { limitHoldings } from '../../../src/core/devices/holdings.ts'
import { createTenancy } from '../../../src/core/devices/tenancy.ts'

const SERIAL = '1581FAKE000000000001'

function start(most = 10) {
  const devices = limitHoldings(memoryDevices(), { devicesPerWorkspace: most })
  const unbind = (serial: string, workspaceId: string) => devices.release(serial, workspaceId)
  return { devices, tenancy: createTenancy({ devices, unbind, clock: { now: () => 7 } }) }
}

describe('a device that the host claims', () => {
  it('belongs to the workspace, and is shown as bound only where a user asked for it', async () => {
    const { devices, tenancy } = start()
    await tenancy.claim(SERIAL, 'W1')
    expect(await devices.get(SERIAL)).toMatchObject({ workspaceId: 'W1', boundBy: null })
    await tenancy.claim(SERIAL, 'W1', { boundBy: 'U1' })
    expect(await devices.get(SERIAL)).toMatchObject({ workspaceId: 'W1', boundBy: 'U1', boundAt: 7 })
  })

  it('is refused while another workspace owns it', async () => {
    const { devices, tenancy } = start()
    await tenancy.claim(SERIAL, 'W1')
    await expect(tenancy.claim(SERIAL, 'W2', { boundBy: 'U2' })).rejects.toMatchObject({
      code: 'OTHER_WORKSPACE',
    })
    expect(await devices.get(SERIAL)).toMatchObject({ workspaceId: 'W1', boundBy: null })
  })

  it('is known with its owner, and is not known before', async () => {
    const { tenancy } = start()
    expect(await tenancy.holder(SERIAL)).toBeNull()
    await tenancy.claim(SERIAL, 'W1')
    expect(await tenancy.holder(SERIAL)).toBe('W1')
    await expect(tenancy.holder('')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('is refused beyond the limit', async () => {
    await expect(start(0).tenancy.claim(SERIAL, 'W1')).rejects.toMatchObject({ code: 'DEVICE_LIMIT' })
  })

  it.each([
    ['no serial number', '+/#', 'W1', undefined, 'serial'],
    ['no workspace', SERIAL, '', undefined, 'workspaceId'],
    ['an empty user', SERIAL, 'W1', '', 'boundBy'],
  ])('with %s is an error that names the field', async (_, serial, workspaceId, boundBy, field) => {
    const { devices, tenancy } = start()
    const claimed = tenancy.claim(serial, workspaceId, { boundBy })
    await expect(claimed).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { issues: [{ field }] } })
    expect(await devices.list('W1')).toEqual([])
  })
})

describe('a device that the host releases', () => {
  it('is free for the next workspace', async () => {
    const { tenancy } = start()
    await tenancy.claim(SERIAL, 'W1')
    expect(await tenancy.release(SERIAL, 'W1')).toBe(true)
    await expect(tenancy.claim(SERIAL, 'W2')).resolves.toBeUndefined()
  })

  it('stays unchanged if another workspace owns it', async () => {
    const { devices, tenancy } = start()
    await tenancy.claim(SERIAL, 'W1')
    expect(await tenancy.release(SERIAL, 'W2')).toBe(false)
    expect(await devices.holder(SERIAL)).toBe('W1')
  })

  it('fails with STORE_UNAVAILABLE while the store is down', async () => {
    const unbind = () => Promise.reject(new Error('down'))
    const tenancy = createTenancy({ devices: memoryDevices(), unbind, clock: { now: () => 7 } })
    await expect(tenancy.release(SERIAL, 'W1')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
