import { describe, expect, it } from 'vitest'
import { inUrl, type MachineAddress, networkAddresses, reachable } from '../../src/start-up/addresses.ts'

const v4 = (name: string, address: string, internal = false): MachineAddress => ({
  ...{ name, address, family: 'IPv4', internal },
})
const MACHINE = [
  v4('lo', '127.0.0.1', true),
  v4('docker0', '172.17.0.1'),
  v4('wg0', '10.9.0.2'),
  v4('eth1', '10.0.0.7'),
  v4('wlan0', '192.168.1.20'),
  v4('eth2', '169.254.3.4'),
  { name: 'wlan0', address: 'fe80::1', family: 'IPv6', internal: false },
]

it('takes the addresses of a network first, and those of containers and tunnels last', () => {
  expect(networkAddresses(MACHINE)).toEqual(['192.168.1.20', '10.0.0.7', '10.9.0.2', '172.17.0.1'])
})

describe('where a server can be reached', () => {
  it.each([
    ['all interfaces, IPv6', '::', '192.168.1.20', 'localhost'],
    ['all interfaces, IPv4', '0.0.0.0', '192.168.1.20', 'localhost'],
    ['this machine only', '127.0.0.1', 'localhost', 'localhost'],
    ['this machine only, IPv6', '::1', 'localhost', 'localhost'],
    ['one interface', '10.0.0.7', '10.0.0.7', '10.0.0.7'],
    ['one interface, IPv6', 'fd00::7', 'fd00::7', 'fd00::7'],
  ])('%s', (_name, address, host, here) => {
    expect(reachable({ address, port: 3000 }, MACHINE)).toMatchObject({ host, here, port: 3000 })
  })

  it('a machine without a network is reached by itself', () => {
    expect(reachable({ address: '::', port: 3000 }, [v4('lo', '127.0.0.1', true)])).toMatchObject({
      ...{ host: 'localhost', others: [] },
    })
  })

  it.each([null, '/run/app.sock'])('%j has no port', (address) => {
    expect(reachable(address, MACHINE)).toBeNull()
  })
})

it('puts IPv6 into brackets', () => {
  expect([inUrl('fd00::7'), inUrl('192.168.1.20')]).toEqual(['[fd00::7]', '192.168.1.20'])
})
