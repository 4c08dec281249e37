// A controller that uses its limits fully, to slow down the broker: `node attacker.mjs <attack> <port> <user name> <password>`.
// It sends all that a connection may send at once, then as much as may be sent each second, until it is stopped.
import { connect } from 'mqtt'

const [attack, port, username, password] = process.argv.slice(2)
const GATEWAY = 'RCFAKE00000001'
const own = (suffix) => `thing/product/${GATEWAY}/${suffix}`
// The defaults of the embedded broker, with a little room.
const BURST = { packets: 4_900, bytes: 2_000_000 }
const RATE = { packets: 980, bytes: 250_000 }

let count = 0
const message = (method, data) => JSON.stringify({ tid: 't', bid: 'b', method, need_reply: 1, data })
const strangers = () => ({
  type: 144,
  sub_type: 0,
  sub_devices: Array.from({ length: 16 }, () => ({ sn: `STRANGER${count++}`, type: 77, sub_type: 0 })),
})
const keys = (many) => Object.fromEntries(Array.from({ length: many }, (_, key) => [`k${key}`, 1]))
const filters = () => Array.from({ length: 64 }, () => own(`services/${count++ % 256}`))

/** The packet that is sent again and again; a function makes a new one each time. */
const ATTACKS = {
  filters: () => (count % 128 === 0 ? { subscribe: filters() } : { unsubscribe: filters() }),
  braces: { topic: own('osd'), payload: `{"data":[${'{},'.repeat(79_000)}0]}` },
  'many keys': { topic: own('osd'), payload: message(undefined, keys(20_000)) },
  'allowed keys': { topic: own('osd'), payload: message(undefined, keys(3_900)) },
  osd: { topic: own('osd'), payload: message(undefined, { latitude: 1 }) },
  topologies: () => ({
    topic: `sys/product/${GATEWAY}/status`,
    payload: message('update_topo', strangers()),
  }),
  requests: () => ({ topic: own('requests'), payload: message('config', { n: count++ }) }),
  events: () => ({ topic: own('events'), payload: message('hms', { list: [count++] }) }),
  states: () => ({ topic: own('state'), payload: message(undefined, { n: count++ }) }),
}
const next = typeof ATTACKS[attack] === 'function' ? ATTACKS[attack] : () => ATTACKS[attack]
const sizeOf = ({ topic = '', payload = '', subscribe, unsubscribe }) =>
  topic.length +
  payload.length +
  (subscribe ?? unsubscribe ?? []).reduce((all, one) => all + one.length + 67, 0) +
  16

function send(client, one) {
  // The broker's answers are not measured.
  const ignore = () => undefined
  if (one.subscribe !== undefined) client.subscribe(one.subscribe, ignore)
  else if (one.unsubscribe !== undefined) client.unsubscribe(one.unsubscribe, ignore)
  else client.publish(one.topic, one.payload, { qos: 0 }, ignore)
}

const RECONNECT = process.argv.includes('reconnect')
let packets = BURST.packets
let bytes = BURST.bytes
let at = performance.now()

function enter() {
  const client = connect({
    host: '127.0.0.1',
    port: Number(port),
    username,
    password,
    clientId: GATEWAY,
    clean: false,
    protocolVersion: 4,
    reconnectPeriod: 0,
  })
  client.on('error', () => undefined)
  let timer
  client.once('connect', () => {
    process.send?.('in')
    // It does not wait until its packets are sent, and mqtt.js waits for each of them. The broker has one listener for each connection.
    client.stream.setMaxListeners(0)
    let again = RECONNECT
    timer = setInterval(() => {
      const now = performance.now()
      packets = Math.min(BURST.packets, packets + ((now - at) / 1000) * RATE.packets)
      bytes = Math.min(BURST.bytes, bytes + ((now - at) / 1000) * RATE.bytes)
      at = now
      for (;;) {
        const one = next()
        const size = sizeOf(one)
        if (packets < 1 || bytes < size) break
        packets -= 1
        bytes -= size
        send(client, one)
      }
      if (!again) return
      again = false
      // Tries to get a new burst by a new connection.
      setTimeout(() => {
        packets = BURST.packets
        bytes = BURST.bytes
        client.end(true)
      }, 200)
    }, 10)
  })
  client.once('close', () => {
    clearInterval(timer)
    process.send?.('out')
    setTimeout(enter, 10)
  })
}
enter()
