import { describe, expect, it } from 'vitest'
import { isOwnHost } from '../../src/core/http/own-host.ts'
import { isLocal, isOwnRequest } from '../../src/plugins/simulator/admission.ts'
import { arrivalOf, wrongLink } from '../../src/plugins/simulator/own-link.ts'
import { foreignHost } from '../../src/plugins/simulator/reach.ts'

describe('who may ask the simulator', () => {
  it.each([
    ['localhost:3000', true],
    ['127.0.0.1:3000', true],
    ['192.168.1.20', true],
    ['[::1]:3000', true],
    ['workshop.local', true],
    ['cloud.example.com', true],
    // A name that a hostile page has pointed to this machine.
    ['rebound.example.net', false],
    ['127.0.0.1.example.net', false],
    ['', false],
  ])('as the host %s: %s', (host, own) => {
    expect(isOwnHost(host, 'https://cloud.example.com/drones')).toBe(own)
  })

  const ours = { host: 'localhost:3000', address: '127.0.0.1', headers: { 'x-dji-simulator': '1' } }
  it.each([
    ['its own page', {}, true],
    ['its own page, saying so', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' }, true],
    ['a form of another site', { 'x-dji-simulator': undefined, origin: 'https://evil.example' }, false],
    ['a script of another site', { origin: 'https://evil.example' }, false],
    ['a page of another port', { origin: 'http://localhost:4000', 'sec-fetch-site': 'same-site' }, false],
    ['a sandboxed frame', { origin: 'null' }, false],
    ['somebody without the header', { 'x-dji-simulator': undefined }, false],
    ['a cross-site request without origin', { 'sec-fetch-site': 'cross-site' }, false],
  ])('%s', (_who, headers, own) => {
    expect(isOwnRequest({ ...ours, headers: { ...ours.headers, ...headers } }, undefined)).toBe(own)
  })

  const here = { host: 'localhost:3000', address: '127.0.0.1', headers: {} }
  it.each([
    ['a browser of this machine', here, true],
    ['by IPv6', { ...here, address: '::1', host: '[::1]:3000' }, true],
    ['by IPv4 in IPv6', { ...here, address: '::ffff:127.0.0.1', host: '127.0.0.1:3000' }, true],
    ['by a name of its own', { ...here, host: 'drones.localhost' }, true],
    [
      'with the headers of a browser',
      { ...here, headers: { host: 'localhost:3000', 'user-agent': 'x' } },
      true,
    ],
    ['another machine', { ...here, address: '192.168.1.2' }, false],
    ['nobody knows whom', { ...here, address: '' }, false],
    ['for a public name', { ...here, host: 'cloud.example.com' }, false],
    ['for an address of the network', { ...here, host: '192.168.1.20:3000' }, false],
    ['for a public name that a proxy replaced', { ...here, headers: { host: 'cloud.example.com' } }, false],
    ['for a name that only begins like one', { ...here, host: '127.0.0.1.example.net' }, false],
  ])('%s: local %s', (_who, request, local) => {
    expect(isLocal(request, undefined)).toBe(local)
    expect(isLocal(request, 'http://localhost:3000')).toBe(local)
    // A tunnel that forwards bare TCP leaves no trace, and its user can write any Host.
    expect(isLocal(request, 'https://cloud.example.com')).toBe(false)
  })

  it.each([
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'X-Forwarded-Server',
    'x-original-host',
    'x-real-ip',
    'x-client-ip',
    'true-client-ip',
    'cf-connecting-ip',
    'cf-ray',
    'cdn-loop',
    'fly-client-ip',
    'fastly-client-ip',
    'ngrok-skip-browser-warning',
    'tailscale-user-login',
    'x-envoy-external-address',
    'x-amzn-trace-id',
    'x-azure-clientip',
  ])('with %s it was made elsewhere', (name) => {
    expect(isLocal({ ...here, headers: { [name]: 'x' } }, undefined)).toBe(false)
  })
})

describe('the address of the platform, when the Host header tells it', () => {
  it.each([
    ['http://localhost:3000', '127.0.0.1', null],
    ['http://localhost:3000', '::1', null],
    ['http://drones.localhost:3000', '::1', null],
    ['http://127.0.0.1:3000', '127.0.0.1', null],
    ['http://127.0.0.1:3000', '::ffff:127.0.0.1', null],
    ['http://127.0.0.2:3000', '127.0.0.2', null],
    ['http://[::1]:3000', '::1', null],
    ['http://192.168.1.20:3000', '192.168.1.20', null],
    ['http://192.168.1.20:3000', '::ffff:192.168.1.20', null],
    ['http://[fd00::20]:3000', 'fd00::20', null],
    // A container: its port is mapped, under the same number.
    ['http://localhost:3000', '172.17.0.2', null],
    ['http://127.0.0.1:6379', '127.0.0.1', 'says 127.0.0.1:6379, but this request arrived on port 3000'],
    ['http://localhost', '127.0.0.1', 'says localhost, but this request arrived on port 3000'],
    ['https://localhost', '127.0.0.1', 'port 3000'],
    ['http://192.168.1.20:6379', '192.168.1.20', 'port 3000'],
    [
      'http://192.168.1.21:3000',
      '192.168.1.20',
      'says 192.168.1.21:3000, but this request arrived at 192.168.1.20',
    ],
    ['http://127.0.0.53:3000', '127.0.0.1', 'arrived at 127.0.0.1'],
    ['http://[fd00::21]:3000', 'fd00::20', 'arrived at [fd00::20]'],
    ['http://workshop.local:3000', '192.168.1.20', 'arrived at 192.168.1.20'],
    ['http://127.0.0.1.example.net:3000', '127.0.0.1', 'arrived at 127.0.0.1'],
  ])('%s on a connection to %s: %s', (link, address, wrong) => {
    const found = wrongLink(link, { address, port: 3000 })
    expect(found).toEqual(wrong === null ? null : expect.stringContaining(wrong))
  })

  it('knows the default ports', () => {
    expect(wrongLink('http://localhost', { address: '::1', port: 80 })).toBeNull()
    expect(wrongLink('https://localhost', { address: '::1', port: 443 })).toBeNull()
    expect(wrongLink('https://localhost', { address: '::1', port: 80 })).toContain('port 80')
  })

  it.each([
    ['no request', null],
    ['a request without a socket', {}],
    ['a Unix socket', { socket: { localAddress: undefined, localPort: undefined } }],
    ['a socket that is gone', { socket: null }],
  ])('refuses %s', (_what, native) => {
    expect(arrivalOf(native)).toBeNull()
    expect(wrongLink('http://localhost:3000', arrivalOf(native))).toContain('cannot tell')
  })
})

describe('where the native side may go', () => {
  const where = {
    link: 'http://192.168.1.20:3000/pilot',
    context: { options: { publicUrl: undefined }, mqttAddress: () => 'ssl://mqtt.example.com:8883' },
  }
  const load = (host: unknown) => ['thing', JSON.stringify({ host })]
  it.each([
    ['platformLoadComponent', load('tcp://192.168.1.20:3000'), null],
    ['platformLoadComponent', load('ssl://mqtt.example.com:8883'), null],
    ['platformLoadComponent', load('ssl://mqtt.example.com'), null],
    ['platformLoadComponent', load('mqtt.example.com:8883'), null],
    ['platformLoadComponent', load('http://192.168.1.20:3000/'), null],
    ['platformLoadComponent', load('HTTP://192.168.1.20:3000?x#y'), null],
    ['platformLoadComponent', load('http://10.0.0.5/'), '10.0.0.5:80'],
    ['platformLoadComponent', load('tcp://localhost:1883'), 'localhost:1883'],
    // Another service of the same machine.
    ['platformLoadComponent', load('tcp://192.168.1.20:1883'), '192.168.1.20:1883'],
    ['platformLoadComponent', load('http://192.168.1.20/'), '192.168.1.20:80'],
    ['platformLoadComponent', load('http://192.168.1.20:6379/'), '192.168.1.20:6379'],
    ['platformLoadComponent', load('ssl://mqtt.example.com:443'), 'mqtt.example.com:443'],
    ['platformLoadComponent', load('mqtt.example.com'), 'mqtt.example.com:1883'],
    ['wsConnect', ['wss://192.168.1.20/api', 't'], '192.168.1.20:443'],
    // Read in one way here, and in another by who connects.
    ['platformLoadComponent', load('user@10.0.0.5:80'), 'an address that it cannot read'],
    ['platformLoadComponent', load('tcp://192.168.1.20:3000@10.0.0.5:80'), 'an address that it cannot read'],
    [
      'platformLoadComponent',
      load('tcp://192.168.1.20:3000\\@10.0.0.5:80'),
      'an address that it cannot read',
    ],
    ['platformLoadComponent', load(' tcp://192.168.1.20:3000'), 'an address that it cannot read'],
    ['platformLoadComponent', load('tcp://192.168.1.20:3000\n10.0.0.5'), 'an address that it cannot read'],
    ['platformLoadComponent', load('unix:///run/docker.sock'), 'an address that it cannot read'],
    ['platformLoadComponent', load('gopher://192.168.1.20/'), 'an address that it cannot read'],
    ['platformLoadComponent', ['tsa', '{}'], null],
    ['platformLoadComponent', ['tsa', 'no json'], null],
    ['wsConnect', ['ws://169.254.169.254/', 't'], '169.254.169.254:80'],
    ['wsConnect', ['ws://192.168.1.20:3000/api/v1/ws', 't'], null],
    ['platformIsVerified', [], null],
  ])('%s %j: %s', (method, args, foreign) => expect(foreignHost(method, args, where)).toBe(foreign))
})
