import { describe, expect, it } from 'vitest'
import { isLoopback, isOwnHost, isOwnRequest } from '../../src/plugins/simulator/admission.ts'
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

  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['192.168.1.2', false],
    ['', false],
  ])('%s is this machine: %s', (address, here) => expect(isLoopback(address)).toBe(here))
})

describe('where the native side may go', () => {
  const where = {
    link: 'http://192.168.1.20:3000/pilot',
    context: { options: { publicUrl: undefined }, mqttAddress: () => 'ssl://mqtt.example.com:8883' },
  }
  const load = (host: unknown) => ['thing', JSON.stringify({ host })]
  it.each([
    ['platformLoadComponent', load('tcp://192.168.1.20:1883'), null],
    ['platformLoadComponent', load('ssl://mqtt.example.com:8883'), null],
    ['platformLoadComponent', load('http://10.0.0.5/'), '10.0.0.5'],
    ['platformLoadComponent', load('tcp://localhost:1883'), 'localhost'],
    ['platformLoadComponent', load('user@10.0.0.5:80'), '10.0.0.5'],
    ['platformLoadComponent', ['tsa', '{}'], null],
    ['platformLoadComponent', ['tsa', 'no json'], null],
    ['wsConnect', ['ws://169.254.169.254/', 't'], '169.254.169.254'],
    ['wsConnect', ['ws://192.168.1.20:3000/api/v1/ws', 't'], null],
    ['platformIsVerified', [], null],
  ])('%s %j: %s', (method, args, foreign) => expect(foreignHost(method, args, where)).toBe(foreign))
})
