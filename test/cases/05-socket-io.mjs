// Source: socketio/engine.io#143, #144. Needs: express socket.io socket.io-client ws.
// socket.io on the same server, and a session store that takes 1.5 s: engine.io ends sockets nobody has written to after 1 s.
import { createServer } from 'node:http'
import {
  check,
  cleanups,
  finish,
  listen,
  login,
  logs,
  need,
  note,
  openSocket,
  options,
  sleep,
} from './support/host.mjs'

const express = need('express')
const { Server } = need('socket.io')
const { io: connect } = need('socket.io-client')
const { djiCloud } = need('dji-cloud/express')
const { memorySessions } = need('dji-cloud')
for (const delay of [0, 1500]) {
  const store = memorySessions()
  const slow = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function' || delay === 0)
        return typeof value === 'function' ? value.bind(target) : value
      return async (...given) => {
        if (name === 'get' || name === 'find') await sleep(delay)
        return value.apply(target, given)
      }
    },
  })
  const app = express()
  const cloud = djiCloud(options({ sessions: slow }))
  app.use(cloud)
  cleanups.push(() => cloud.close())
  await cloud.ready()
  const server = createServer(app)
  const io = new Server(server)
  io.on('connection', (one) => one.emit('hello', 'from the host'))
  cleanups.push(() => io.close())
  const port = await listen(server)
  const base = `http://127.0.0.1:${port}`
  const { access_token } = await login(base)
  const client = connect(base, { transports: ['websocket'], reconnection: false })
  const hello = await Promise.race([new Promise((resolve) => client.on('hello', resolve)), sleep(3000)])
  check(`store takes ${delay} ms: socket.io works`, hello === 'from the host')
  client.close()
  const ours = await openSocket(`ws://127.0.0.1:${port}/api/v1/ws?x-auth-token=${access_token}`)
  let end = 'still open'
  ours.socket.on('close', (code) => {
    end = `closed ${code}`
  })
  await sleep(1600)
  check(
    `store takes ${delay} ms: Pilot's WebSocket opens and stays`,
    ours.how === 'open' && end === 'still open',
    `${ours.how}, ${end}`,
  )
  ours.socket.terminate()
}
note('logged:', JSON.stringify(logs))
await finish()
