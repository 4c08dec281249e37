/**
 * What every case shares: a host app's folder, checks that are printed, a login, sockets and a controller.
 * A case is run as `node CASE.mjs HOST_FOLDER`; the host folder has installed the packed package.
 */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import path from 'node:path'

export const hostDir = path.resolve(process.argv[2] ?? '.')
/** `require` as the host's own files have it. */
export const need = createRequire(path.join(hostDir, 'package.json'))

let failures = 0
export const check = (what, ok, seen = '') => {
  if (!ok) failures += 1
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}${seen === '' ? '' : `  [${seen}]`}`)
}
export const note = (...words) => console.log('     ', ...words)
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Run at the end, the last first. */
export const cleanups = []
export const finish = async () => {
  for (const clean of cleanups.reverse()) {
    const cleaned = Promise.resolve()
      .then(clean)
      .catch(() => {})
    await Promise.race([cleaned, sleep(4000)])
  }
  console.log(failures === 0 ? 'RESULT pass' : `RESULT fail (${failures})`)
  process.exit(failures === 0 ? 0 : 1)
}
setTimeout(() => {
  console.log('FAIL time is up')
  process.exit(2)
}, 300_000).unref()

Object.assign(process.env, {
  DJI_APP_ID: '100000',
  DJI_APP_KEY: 'made-up-key',
  DJI_APP_LICENSE: 'TUFERS1VUC1GT1ItVEVTVFM=',
})
export const WORKSPACE = { id: '0f0f0f0f-1111-4222-8333-444444444444', name: 'Fake', description: '' }

/** What was logged, but for the level `debug`. */
export const logs = []
export const logger = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [
    level,
    (_fields, text) => {
      if (level !== 'debug') logs.push(`${level}: ${text}`)
    },
  ]),
)

export const options = (more = {}) => ({
  workspace: WORKSPACE,
  users: [
    { username: 'tester', password: 'only-for-tests' },
    { username: 'viewer', password: 'only-for-tests', role: 'web' },
  ],
  mqtt: { host: '127.0.0.1', port: 0 },
  logger,
  ...more,
})

/** @returns the port */
export async function listen(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections?.()
    server.close()
  })
  return server.address().port
}

/** One HTTP request; `json` is null where the answer is none. */
export async function ask(url, { method = 'GET', body, token, headers = {} } = {}) {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { 'x-auth-token': token }),
      ...headers,
    },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  let json = null
  try {
    json = JSON.parse(text)
  } catch {}
  return { status: response.status, headers: response.headers, text, json }
}

/** @param flag 2 for a controller, 1 for a browser. @returns the answer's `data` */
export const login = async (base, username = 'tester', flag = 2) => {
  const body = { username, password: 'only-for-tests', flag }
  return (await ask(`${base}/manage/api/v1/login`, { method: 'POST', body })).json?.data
}

/** Opens our WebSocket. `how` is 'open' or what went wrong. */
export function openSocket(url, protocols) {
  const { WebSocket } = need('ws')
  const socket = new WebSocket(url, protocols)
  socket.on('error', () => {})
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ how: 'nothing in 4 s', socket }), 4000)
    const done = (how) => {
      clearTimeout(timer)
      resolve({ how, socket })
    }
    socket.once('open', () => done('open'))
    socket.once('unexpected-response', (_request, response) => done(`HTTP ${response.statusCode}`))
    socket.once('error', (error) => done(`error ${error.message}`))
    socket.once('close', (code) => done(`closed ${code}`))
  })
}

/** A controller: asks for credentials as the page does, connects with MQTT.js, subscribes to what Pilot does. */
export async function gateway(base, serial, { token, mqttOptions = {}, broker } = {}) {
  token ??= (await login(base)).access_token
  const issued = await ask(`${base}/manage/api/v1/mqtt/credentials`, {
    method: 'POST',
    token,
    body: { gateway_sn: serial },
  })
  const { host, username, password } = issued.json.data
  const mqtt = need('mqtt')
  const client = mqtt.connect(broker ?? host.replace(/^tcp:/, 'mqtt:').replace(/^ssl:/, 'mqtts:'), {
    clientId: serial,
    username,
    password,
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: 5000,
    ...mqttOptions,
  })
  cleanups.push(() => client.endAsync(true).catch(() => {}))
  await once(client, 'connect')
  const heard = []
  client.on('message', (topic, payload) => heard.push({ topic, body: JSON.parse(payload.toString()) }))
  await client.subscribeAsync([`sys/product/${serial}/#`, `thing/product/${serial}/#`])
  const publish = (topic, body) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    return client.publishAsync(topic, isRaw ? body : JSON.stringify(body), { qos: 1 })
  }
  const waitFor = async (test, ms = 3000) => {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) {
      const found = heard.find(test)
      if (found) return found
    }
    return null
  }
  return { client, token, publish, heard, waitFor, host }
}

/** Whether the test holds within the time. */
export const until = async (test, ms = 3000) => {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(25)) if (await test()) return true
  return false
}
