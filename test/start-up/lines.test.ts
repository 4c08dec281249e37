import { describe, expect, it } from 'vitest'
import { loginText } from '../../src/start-up/index.ts'
import { type StartUpFacts, startUpText } from '../../src/start-up/lines.ts'

const at = { port: 3000, host: '192.168.1.20', others: [], here: 'localhost' }
const facts: StartUpFacts = {
  server: { scheme: 'http', mount: '', at },
  publicUrl: undefined,
  simulator: true,
  login: 'pilot, password pce9-p7b4-pa48',
  mqtt: (host) => `tcp://${host}:1883`,
}
const of = (more: Partial<StartUpFacts>) => startUpText({ ...facts, ...more })

describe('the start-up lines', () => {
  it('are four, aligned, as a controller and this machine have to type them', () => {
    expect(of({}).lines).toEqual([
      'dji-cloud  access link  http://192.168.1.20:3000/pilot',
      '           simulator    http://localhost:3000/pilot/simulator',
      '           login        pilot, password pce9-p7b4-pa48',
      '           MQTT         tcp://192.168.1.20:1883',
    ])
  })

  it.each<[string, Partial<StartUpFacts>, RegExp]>([
    [
      'a mount',
      { server: { scheme: 'https', mount: '/drones', at } },
      /https:\/\/192.168.1.20:3000\/drones\/pilot$/m,
    ],
    [
      'two networks',
      {
        server: { scheme: 'http', mount: '', at: { ...at, others: ['10.0.0.7', '172.17.0.1', '10.9.0.2'] } },
      },
      /pilot \(or at 10.0.0.7, 172.17.0.1\)$/m,
    ],
    [
      'no network',
      { server: { scheme: 'http', mount: '', at: { ...at, host: 'localhost' } } },
      /http:\/\/localhost:3000\/pilot \(from this machine only\)$/m,
    ],
    ['a Unix socket', { server: { scheme: 'http', mount: '', at: null } }, /has no port: set publicUrl/],
    [
      'publicUrl',
      { publicUrl: 'https://cloud.example.com/x/' },
      /access link +https:\/\/cloud.example.com\/x\/pilot$/m,
    ],
    [
      'MQTT behind publicUrl',
      { publicUrl: 'https://cloud.example.com/x' },
      /MQTT +tcp:\/\/cloud.example.com:1883$/m,
    ],
    ['a broker that did not start', { mqtt: null }, /MQTT +the broker did not start/],
  ])('name what is different with %s', (_name, more, expected) => {
    expect(of(more).lines.join('\n')).toMatch(expected)
  })

  it('leave out the simulator if it is off, and a login that was shown', () => {
    expect(of({ simulator: false, login: null }).lines.map((line) => line.slice(11, 22))).toEqual([
      ...['access link', 'MQTT       '],
    ])
  })

  it('without a server are the login alone', () => {
    expect(of({ server: null }).lines).toEqual(['dji-cloud  login  pilot, password pce9-p7b4-pa48'])
  })

  it('have a link for a QR code only if another device can open it', () => {
    expect(of({}).link).toBe('http://192.168.1.20:3000/pilot')
    expect(of({ server: { scheme: 'http', mount: '', at: { ...at, host: 'localhost' } } }).link).toBeNull()
    expect(of({ server: null }).link).toBeNull()
  })
})

it.each([
  [{}, { username: 'pilot', password: 'abcd' }, 'pilot, password abcd'],
  [{ users: [{ username: 'ada', password: 'only-fake' }] }, null, 'an account of the option users'],
  [{ users: [], login: { label: 'Example SSO' } }, null, 'an account of the option users, or Example SSO'],
  [{ users: false, login: {} }, null, 'the login of the app'],
  [{ users: false }, null, 'by a plugin'],
])('says how pilots log in: %j', (options, generated, expected) => {
  expect(loginText(options, generated)).toBe(expected)
})
