// Source: moscajs/aedes#436, #102 (PM2 "exec_mode": "cluster"). Needs: express mqtt ws.
// The README's production host, run by four workers (what PM2's cluster mode does), stores not shared. Either it works or it says why not.
import cluster from 'node:cluster'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { ask, check, cleanups, finish, hostDir, need, note, until, WORKSPACE } from './support/host.mjs'

const free = () =>
  new Promise((resolve) => {
    const s = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => resolve(port))
    })
  })
if (!cluster.isPrimary) {
  const express = need('express')
  const { djiCloud } = need('dji-cloud/express')
  const { hashPassword } = need('dji-cloud')
  const passwordHash = await hashPassword('only-for-tests', { ln: 10, r: 8, p: 1 })
  try {
    const cloud = djiCloud({
      environment: 'production',
      publicUrl: process.env.CASE_URL,
      insecure: ['http', 'mqtt'],
      workspace: WORKSPACE,
      users: [{ username: 'tester', passwordHash }],
      secret: 's'.repeat(20) + 'x'.repeat(20),

      mqtt: {
        url: process.env.CASE_MQTT,
        host: '127.0.0.1',
        port: Number(new URL(process.env.CASE_MQTT).port),
      },
      logger: {
        debug() {},
        info() {},
        warn(_f, text) {
          process.send({ log: `warn: ${text}` })
        },
        error(_f, text) {
          process.send({ log: `error: ${text}` })
        },
      },
    })
    cloud.on('device.osd', () => process.send({ osd: cluster.worker.id }))
    const app = express()
    app.use(cloud)
    await cloud.ready()
    app.listen(Number(process.env.CASE_PORT), '127.0.0.1', () => process.send({ up: true }))
  } catch (error) {
    process.send({ log: `start: ${error.message}` })
    process.exit(1)
  }
} else {
  const [port, mqttPort] = [await free(), await free()]
  cluster.setupPrimary({ exec: fileURLToPath(import.meta.url), args: [hostDir] })
  const env = {
    CASE_PORT: port,
    CASE_URL: 'http://cloud.example.com',
    CASE_MQTT: `tcp://mqtt.example.com:${mqttPort}`,
  }
  let up = 0
  const said = []
  for (let n = 0; n < 4; n += 1)
    cluster.fork(env).on('message', (message) => {
      if (message.up) up += 1
      if (message.log) said.push(message.log)
    })
  process.on('warning', (warning) => said.push(String(warning)))
  cleanups.push(() => {
    for (const worker of Object.values(cluster.workers)) worker.kill('SIGKILL')
  })
  await until(() => up === 4 || said.some((one) => one.startsWith('start:')), 20_000)
  const told = said.filter((one) => /worker|cluster|process|another node|several nodes|share/i.test(one))
  const base = `http://127.0.0.1:${port}`
  if (up === 4) {
    const fresh = { connection: 'close' }
    const counts = { login: 0, current: {}, credentials: {}, connected: 0, listed: 0 }
    for (let n = 0; n < 8; n += 1) {
      const user = (
        await ask(`${base}/manage/api/v1/login`, {
          method: 'POST',
          headers: fresh,
          body: { username: 'tester', password: 'only-for-tests', flag: 2 },
        })
      ).json?.data
      if (!user) continue
      counts.login += 1
      const { status } = await ask(`${base}/manage/api/v1/users/current`, {
        token: user.access_token,
        headers: fresh,
      })
      counts.current[status] = (counts.current[status] ?? 0) + 1
      const serial = `RCFAKE0000000${n}`
      const issued = await ask(`${base}/manage/api/v1/mqtt/credentials`, {
        method: 'POST',
        token: user.access_token,
        headers: fresh,
        body: { gateway_sn: serial },
      })
      counts.credentials[issued.status] = (counts.credentials[issued.status] ?? 0) + 1
    }
    note('8 pilots, each request on a connection of its own:', JSON.stringify(counts))
    const { createVirtualPilot } = need('dji-cloud/testing')
    const pilot = createVirtualPilot({ url: `${base}/pilot`, gateway: { serial: 'RCFAKE00000020' } })
    cleanups.push(() => pilot.close())
    const outcome = await pilot.login('tester', 'only-for-tests').catch((error) => ({ kind: error.message }))
    note(
      'a virtual Pilot:',
      JSON.stringify({
        kind: outcome.kind,
        reason: outcome.reason,
        step: outcome.step?.id,
        code: outcome.step?.code,
        message: outcome.step?.message,
        hint: outcome.step?.hint,
      }),
    )
    const works = counts.login === 8 && counts.current[200] === 8 && counts.credentials[200] === 8
    check(
      'every pilot gets in, or the log or start says that the workers share nothing',
      works || told.length > 0,
      `works ${works}, told ${JSON.stringify(told)}, all that was said ${JSON.stringify([...new Set(said)].slice(0, 6))}`,
    )
  } else
    check(
      'refused at the start with a reason that names workers',
      told.length > 0,
      JSON.stringify([...new Set(said)].slice(0, 4)),
    )
  await finish()
}
