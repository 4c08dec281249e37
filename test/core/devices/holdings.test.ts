import { describe, expect, test } from 'vitest'
import { memoryDevices } from '../../../src/adapters/devices/memory.ts'
import { limitHoldings, shareOf } from '../../../src/core/devices/holdings.ts'

describe('the share of one user', () => {
  test.each([
    [{ devicesPerWorkspace: 1_000 }, 500],
    [{ devicesPerWorkspace: 101 }, 51],
    // A small workspace has room for its only pilot.
    [{ devicesPerWorkspace: 5 }, 20],
    [{ devicesPerWorkspace: 1_000, devicesPerUser: 30 }, 30],
  ])('of %j is %i', (limits, share) => expect(shareOf(limits)).toBe(share))
})

describe('one pilot', () => {
  const claimAll = (
    devices: ReturnType<typeof limitHoldings>,
    count: number,
    userId: string,
  ): Promise<string[]> =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        devices
          .claim(`RC${userId}${index}`, 'W1', userId)
          .catch(({ data }) => `${data.option} ${data.limit}`),
      ),
    )
  const refused = (answers: readonly string[]): string[] => answers.filter((answer) => answer !== 'W1')

  test('does not use up the share of other users, even with many claims at once', async () => {
    const devices = limitHoldings(memoryDevices(), { devicesPerWorkspace: 10, devicesPerUser: 6 })
    const greedy = refused(await claimAll(devices, 20, 'greedy'))
    expect(greedy).toEqual(Array.from({ length: 14 }, () => 'limits.devicesPerUser 6'))
    expect(refused(await claimAll(devices, 5, 'pia'))).toEqual(['limits.devicesPerWorkspace 10'])
  })

  test('has room again after an unbind, and can always use devices that it has', async () => {
    const devices = limitHoldings(memoryDevices(), { devicesPerWorkspace: 10, devicesPerUser: 1 })
    await devices.claim('RC1', 'W1', 'pia')
    await expect(devices.claim('RC2', 'W1', 'pia')).rejects.toThrow(/one user/)
    expect(await devices.claim('RC1', 'W1', 'pia')).toBe('W1')
    await devices.release('RC1', 'W1')
    expect(await devices.claim('RC2', 'W1', 'pia')).toBe('W1')
  })

  test('if the user is not known, the limit of the workspace applies', async () => {
    const devices = limitHoldings(memoryDevices(), { devicesPerWorkspace: 3, devicesPerUser: 1 })
    // Of an earlier version.
    await devices.claim('RC1', 'W1')
    await devices.claim('RC2', 'W1', '')
    expect(await devices.claim('RC3', 'W1', 'pia')).toBe('W1')
    await expect(devices.claim('RC4', 'W1')).rejects.toThrow(/workspace/)
  })
})
