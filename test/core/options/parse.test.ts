import { describe, expect, test } from 'vitest'
import { emqxBroker } from '../../../src/adapters/brokers/emqx/index.ts'
import { mosquittoBroker } from '../../../src/adapters/brokers/mosquitto/index.ts'
import { rabbitmqBroker } from '../../../src/adapters/brokers/rabbitmq/index.ts'
import { sharedAccountBroker } from '../../../src/adapters/brokers/shared-account.ts'
import { parseOptions } from '../../../src/core/options/parse.ts'
import { warnings } from '../../../src/core/options/warnings.ts'
import { idleBroker } from '../../support/idle-broker.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../../support/sessions.ts'

const SECRET = 'an obviously fake secret for these tests only'
const HASH = '$scrypt$ln=15,r=8,p=3$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA'
const PRODUCTION = { NODE_ENV: 'production' }
const COMPLETE = {
  secret: SECRET,
  publicUrl: 'https://drones.example.com',
  mqtt: { url: 'ssl://mqtt.example.com:8883' },
  license: { appId: '100001', appKey: 'fake-key', appLicense: 'fake-license' },
  users: [{ username: 'amelia', passwordHash: HASH, workspace: WORKSPACE_A }],
}

/** The options named by the faults, and the whole message. */
function refused(
  options: unknown,
  env: Record<string, string> = {},
): { readonly named: string[]; readonly message: string } {
  try {
    parseOptions(options, env)
  } catch (error) {
    const { data, message } = error as { data: { faults: { option: string }[] }; message: string }
    return { named: data.faults.map(({ option }) => option), message }
  }
  throw new Error('these options were taken')
}

describe('options', () => {
  test('no option is needed for development', () => {
    expect(parseOptions(undefined, {})).toMatchObject({
      environment: 'development',
      tokens: { accessTtlSeconds: 43_200, refreshWindowSeconds: 604_800, sessionTtlSeconds: 2_592_000 },
      limits: { devicesPerWorkspace: 1_000, sessionsPerUser: 1_000 },
      mqtt: { anonymous: false },
    })
  })

  test('production without options is one error that lists everything', () => {
    const { named, message } = refused({}, PRODUCTION)
    expect(named).toEqual([
      'secret',
      'license.appId',
      'license.appKey',
      'license.appLicense',
      'publicUrl',
      'mqtt.url',
      'users',
    ])
    for (const variable of [
      'DJI_CLOUD_SECRET',
      'DJI_APP_ID',
      'DJI_APP_KEY',
      'DJI_APP_LICENSE',
      'DJI_CLOUD_PUBLIC_URL',
      'DJI_CLOUD_MQTT_URL',
    ]) {
      expect(message).toContain(variable)
    }
  })

  test('a complete set for production is accepted', () => {
    expect(parseOptions(COMPLETE, PRODUCTION).environment).toBe('production')
  })

  test.each<[string, object, string, RegExp]>([
    ['a short secret', { secret: 'short' }, 'secret', /32 characters/],
    ['http', { publicUrl: 'http://drones.example.com' }, 'publicUrl', /not https/],
    ['localhost', { publicUrl: 'https://localhost' }, 'publicUrl', /cannot reach/],
    ['plain MQTT', { mqtt: { url: 'tcp://mqtt.example.com:1883' } }, 'mqtt.url', /not encrypted/],
    ['MQTT on localhost', { mqtt: { url: 'ssl://127.0.0.1:8883' } }, 'mqtt.url', /cannot reach/],
    ['MQTT without a scheme', { mqtt: { url: 'mqtt.example.com:8883' } }, 'mqtt.url', /ssl:\/\//],
    [
      'anonymous MQTT',
      { mqtt: { url: 'ssl://mqtt.example.com:8883', anonymous: true } },
      'mqtt.anonymous',
      /anybody/,
    ],
    [
      'a plain password',
      { users: [{ username: 'a', password: 'b', workspace: WORKSPACE_A }] },
      'users',
      /hashPassword/,
    ],
  ])('production refuses %s', (_name, more, option, fix) => {
    const { named, message } = refused({ ...COMPLETE, ...more }, PRODUCTION)
    expect(named).toContain(option)
    expect(message).toMatch(fix)
  })

  test('production refuses one account for all controllers, unless insecure names it', () => {
    const broker = sharedAccountBroker({
      url: 'ssl://mqtt.example.com:8883',
      username: 'fake',
      password: 'fake',
    })
    expect(refused({ ...COMPLETE, broker }, PRODUCTION).named).toEqual(['broker'])
    expect(parseOptions({ ...COMPLETE, broker, insecure: ['shared-account'] }, PRODUCTION).broker).toBe(
      broker,
    )
  })

  test.each(['on-reconnect', 'on-expiry', 'never'] as const)(
    'production refuses a broker that revokes %s, unless it is called by its name',
    (revocation) => {
      const { capabilities } = idleBroker()
      const broker = idleBroker({ capabilities: { ...capabilities, revocation } })
      const { named, message } = refused({ ...COMPLETE, broker }, PRODUCTION)
      expect(named).toEqual(['broker'])
      expect(message).toContain('"idle" does not close the connection of a controller')
      expect(parseOptions({ ...COMPLETE, broker, insecure: ['late-revocation'] }, PRODUCTION).broker).toBe(
        broker,
      )
    },
  )

  test('production accepts a broker that closes ended connections', () => {
    const broker = idleBroker()
    expect(parseOptions({ ...COMPLETE, broker }, PRODUCTION).broker).toBe(broker)
  })

  const OLD = { username: 'JavaServer', password: 'obviously-fake', workspace: WORKSPACE_A.id }
  const withLegacy = (accounts: unknown, more: object = {}) => ({
    ...COMPLETE,
    mqtt: { url: 'ssl://mqtt.example.com:8883', legacyAccounts: accounts },
    insecure: ['legacy-accounts'],
    ...more,
  })

  test('production refuses static accounts, unless insecure names them', () => {
    const { named, message } = refused(withLegacy([OLD], { insecure: [] }), PRODUCTION)
    expect(named).toEqual(['mqtt.legacyAccounts'])
    expect(message).not.toMatch(/obviously-fake/)
    expect(parseOptions(withLegacy([OLD]), PRODUCTION).mqtt.legacyAccounts).toEqual([OLD])
  })

  const outside = { url: 'mqtts://mqtt.example.com:8883', username: 'fake', password: 'fake' }
  const api = { url: 'http://127.0.0.1:1', username: 'fake', password: 'fake' }
  const hookSecret = 'an obviously fake hook secret'
  test.each<[string, unknown, object, string, RegExp]>([
    ['a workspace that is no UUID', [{ ...OLD, workspace: 'W1' }], {}, '0.workspace', /UUID/],
    [
      'a name of our making',
      [{ ...OLD, username: `session-${WORKSPACE_A.id}` }],
      {},
      '0.username',
      /looks like a user name that dji-cloud issues/,
    ],
    ['a control character', [{ ...OLD, username: 'a\nb' }], {}, '0.username', /control character/],
    ['an empty list', [{ ...OLD, gateways: [] }], {}, '0.gateways', /leave this field out/],
    ['no serial number', [{ ...OLD, gateways: ['a/b'] }], {}, '0.gateways.0', /serial number/],
    ['one name twice', [OLD, { ...OLD, password: 'other' }], {}, '1.username', /another account/],
    [
      'one controller in two workspaces',
      [
        { ...OLD, gateways: ['G1'] },
        { ...OLD, username: 'b', workspace: WORKSPACE_B.id, gateways: ['G1'] },
      ],
      {},
      '1.gateways',
      /another workspace/,
    ],
    ['Mosquitto without a list', [OLD], { broker: mosquittoBroker(outside) }, '0.gateways', /cannot bind/],
    [
      'EMQX that checks JWTs itself',
      [OLD],
      { broker: emqxBroker({ ...outside, api, auth: 'jwt' }) },
      '',
      /auth: 'hooks'/,
    ],
    [
      'one account for all anyway',
      [OLD],
      { broker: sharedAccountBroker(outside), insecure: ['legacy-accounts', 'shared-account'] },
      '',
      /does nothing/,
    ],
  ])('static accounts: %s is a fault', (_name, accounts, more, option, fix) => {
    const { named, message } = refused(withLegacy(accounts, more), PRODUCTION)
    expect(named).toEqual([`mqtt.legacyAccounts${option === '' ? '' : `.${option}`}`])
    expect(message).toMatch(fix)
    expect(message).not.toMatch(/obviously-fake/)
  })

  test.each([
    ['Mosquitto with a list', [{ ...OLD, gateways: ['G1'] }], mosquittoBroker(outside)],
    ['EMQX that asks', [OLD], emqxBroker({ ...outside, api, auth: 'hooks', hookSecret })],
    ['RabbitMQ', [OLD], rabbitmqBroker({ ...outside, management: api, hookSecret })],
  ])('static accounts: %s is accepted', (_name, accounts, broker) => {
    expect(parseOptions(withLegacy(accounts, { broker }), PRODUCTION).mqtt.legacyAccounts).toHaveLength(1)
  })

  test('static accounts are named in a warning, without their passwords', () => {
    const told = warnings(parseOptions(withLegacy([OLD, { ...OLD, username: 'old-2' }]), PRODUCTION))
    const [warning] = told.filter(({ option }) => option === 'mqtt.legacyAccounts')
    expect(warning?.fix).toMatch(/UNSAFE.*"JavaServer", "old-2"/)
    expect(JSON.stringify(told)).not.toMatch(/obviously-fake/)
  })

  test('each unsafe choice has to be named in insecure', () => {
    const unsafe = {
      ...COMPLETE,
      publicUrl: 'http://drones.example.com',
      mqtt: { url: 'tcp://mqtt.example.com:1883' },
    }
    expect(refused({ ...unsafe, insecure: ['http'] }, PRODUCTION).named).toEqual(['mqtt.url'])
    expect(parseOptions({ ...unsafe, insecure: ['http', 'mqtt'] }, PRODUCTION).insecure).toEqual([
      'http',
      'mqtt',
    ])
  })

  test.each<[string, unknown, string, string]>([
    ['at the top', { secrets: SECRET }, 'secrets', 'did you mean "secret"?'],
    ['one level down', { mqtt: { prt: 1883 } }, 'mqtt.prt', 'did you mean "port"?'],
    [
      'in a list',
      { users: [{ username: 'a', password: 'b', workspce: WORKSPACE_A }] },
      'users.0.workspce',
      'did you mean "workspace"?',
    ],
    [
      'in a choice',
      { modules: { map: { elementPrName: 'x' } } },
      'modules.map.elementPrName',
      'did you mean "elementPreName"?',
    ],
    ['like nothing known', { xyzzyplugh: 1 }, 'xyzzyplugh', 'known here: environment, secret,'],
  ])('an unknown name %s is refused with the nearest known one', (_name, options, option, hint) => {
    const { named, message } = refused(options)
    expect(named).toEqual([option])
    expect(message).toContain(hint)
  })

  test('a mistyped option does not hide what production needs', () => {
    const { named } = refused({ secret: 'short', mqtt: { prt: 1 } }, PRODUCTION)
    expect(named).toEqual(
      expect.arrayContaining(['secret', 'mqtt.prt', 'mqtt.url', 'publicUrl', 'license.appId', 'users']),
    )
  })

  test.each<[string, Record<string, string>]>([
    ['id', { DJI_APP_ID: '1' }],
    ['key', { DJI_APP_KEY: 'k' }],
    ['id and key', { DJI_APP_ID: '1', DJI_APP_KEY: 'k' }],
    ['nothing', {}],
  ])('with %s of the licence alone, everything else is still listed', (_name, env) => {
    const { named } = refused({}, { ...PRODUCTION, ...env })
    expect(named).toEqual(
      expect.arrayContaining(['secret', 'publicUrl', 'mqtt.url', 'users', 'license.appLicense']),
    )
  })

  test.each<[string, unknown, RegExp]>([
    ['the access link itself', { publicUrl: 'https://drones.example.com/pilot' }, /remove \/pilot/],
    [
      'an address without a scheme, told once',
      { publicUrl: 'cloud.example.com' },
      /^dji-cloud cannot start: 1 fault in/,
    ],
    ['neither store nor list', { users: {} }, /needs a list, or needs a user store/],
    ['true for a choice', { loginRateLimit: true }, /needs false, or needs an object/],
    ['a short name', { platform: 'x' }, /did you mean "platformName"/],
    ['the MQTT scheme of other tools', { mqtt: { url: 'mqtts://x' } }, /tcp:\/\/ and ssl:\/\//],
    [
      'two accounts of one name',
      {
        users: [
          { username: 'a', password: 'b' },
          { username: 'a', password: 'c' },
        ],
      },
      /of another account/,
    ],
    ['a request', { socket: {}, headers: {} }, /app\.use\(djiCloud\(\)\)/],
  ])('%s', (_name, options, words) => {
    expect(refused(options).message).toMatch(words)
  })

  test('undefined counts as not given, at any depth', () => {
    const env = {
      DJI_CLOUD_MQTT_URL: 'ssl://env.example.com:8883',
      DJI_APP_ID: '7',
      DJI_APP_KEY: 'k',
      DJI_APP_LICENSE: 'l',
    }
    const parsed = parseOptions({ mqtt: { url: undefined }, license: { appId: undefined } }, env)
    expect([parsed.mqtt.url, parsed.license?.appId]).toEqual(['ssl://env.example.com:8883', '7'])
  })

  test.each([
    'my-workspace',
    '11111111-1111-1111-1111-11111111111',
    '{11111111-1111-1111-1111-111111111111}',
    '',
  ])('the workspace id "%s", which Pilot would refuse, is refused here', (id) =>
    expect(refused({ workspace: { id, name: 'x' } }).message).toContain('615000'),
  )

  test.each([
    '11111111-1111-1111-1111-111111111111',
    '00000000-0000-0000-0000-000000000000',
    'E3DEA0F5-37F2-4D79-AE58-490AF3228069',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ])('the workspace id %s has the form of a UUID, and Pilot is not known to need more', (id) => {
    expect(parseOptions({ workspace: { id, name: 'x' } }, {}).workspace?.id).toBe(id)
  })

  test('no message repeats a value, because it could be a secret', () => {
    expect(refused({ secret: 'hunter2hunter2' }, PRODUCTION).message).not.toContain('hunter2')
  })

  test('not an object', () => {
    expect(refused('https://drones.example.com').named).toEqual(['options'])
  })
})

describe('the environment', () => {
  const ENV = {
    DJI_CLOUD_SECRET: `${SECRET}, ${SECRET}-older`,
    DJI_CLOUD_PUBLIC_URL: 'https://env.example.com',
    DJI_CLOUD_MQTT_URL: 'ssl://env.example.com:8883',
    DJI_APP_ID: '100002',
    DJI_APP_KEY: 'env-key',
    DJI_APP_LICENSE: 'env-license',
  }

  test('fills options that were not given', () => {
    expect(parseOptions({}, ENV)).toMatchObject({
      secret: [SECRET, `${SECRET}-older`],
      publicUrl: 'https://env.example.com',
      mqtt: { url: 'ssl://env.example.com:8883' },
      license: { appId: '100002', appKey: 'env-key', appLicense: 'env-license' },
    })
  })

  test('does not replace options that were given, field by field', () => {
    const parsed = parseOptions({ secret: SECRET, license: { appKey: 'own-key' }, mqtt: { port: 0 } }, ENV)
    expect(parsed.secret).toEqual([SECRET])
    expect(parsed.license).toEqual({ appId: '100002', appKey: 'own-key', appLicense: 'env-license' })
    expect(parsed.mqtt).toMatchObject({ url: 'ssl://env.example.com:8883', port: 0 })
  })

  test('an empty variable counts as absent', () => {
    expect(parseOptions({}, { DJI_CLOUD_SECRET: ' ', DJI_APP_ID: '' })).not.toHaveProperty('license')
  })

  test('the development user is name:password', () => {
    expect(parseOptions({}, { DJI_CLOUD_DEV_USER: 'amelia:a:b' }).users).toMatchObject([
      { username: 'amelia', password: 'a:b' },
    ])
    expect(refused({}, { DJI_CLOUD_DEV_USER: 'amelia' }).message).toContain('name:password')
  })

  test('and is refused in production', () => {
    const { users: _, ...rest } = COMPLETE
    expect(refused(rest, { ...PRODUCTION, DJI_CLOUD_DEV_USER: 'amelia:secret' }).named).toEqual(['users'])
  })

  test.each([
    ['attempts', 'loginRateLimit.store'],
    ['loginThrottle', 'loginRateLimit'],
    ['license.license', 'license.appLicense'],
    ['presence.grace', 'graceSeconds'],
    ['presence.silence', 'silenceSeconds'],
    ['presence.maxDevices', 'limits.devicesPerWorkspace'],
    ['telemetry.interval', 'intervalMs'],
    ['tokens.accessTtl', 'accessTtlSeconds'],
    ['tokens.refreshWindow', 'refreshWindowSeconds'],
    ['tokens.sessionsPerUser', 'limits.sessionsPerUser'],
    ['loginRateLimit.perAccount.window', 'windowSeconds'],
  ])('the old name %s is refused, and the new one named', (old, now) => {
    const options = old.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), 5)
    const { message } = refused(options as object, {})
    const line = message.split('\n').find((text) => text.startsWith(`  - ${old}: is not an option`))
    expect(line).toContain(now)
  })
})
