import mqttPacket, { type IConnectPacket, type Packet } from 'mqtt-packet'
import { rawSocket } from './mqtt-raw.ts'

/** MQTT packet by packet: nothing is acknowledged, answered or sent again unless the test does it. */
export async function packetClient(
  port: number,
  gateway: string,
  more: Partial<IConnectPacket> & Pick<IConnectPacket, 'properties'> = {},
) {
  const protocolVersion = more.protocolVersion ?? 5
  const socket = await rawSocket(port)
  const parser = mqttPacket.parser({ protocolVersion })
  const all: Packet[] = []
  const waiting = new Set<() => void>()
  parser.on('packet', (packet: Packet) => {
    all.push(packet)
    for (const check of [...waiting]) check()
  })
  socket.on('data', (bytes) => parser.parse(bytes))
  const send = (packet: Packet): void => void socket.write(mqttPacket.generate(packet, { protocolVersion }))

  /** Resolves with the first packet, past or to come, that fits. Ends with the connection. */
  function first(fits: (packet: Packet) => boolean): Promise<Packet> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = all.find(fits)
        if (found === undefined) return
        waiting.delete(check)
        resolve(found)
      }
      waiting.add(check)
      check()
      void socket.gone.then(() => reject(new Error('closed')))
    })
  }

  send({
    cmd: 'connect',
    protocolId: 'MQTT',
    clientId: gateway,
    username: gateway,
    password: Buffer.from('W1:S1'),
    clean: true,
    keepalive: 0,
    ...more,
    protocolVersion,
  })
  const connack = await first(({ cmd }) => cmd === 'connack')
  let id = 0
  const texts = (): string[] =>
    all.flatMap((packet) => (packet.cmd === 'publish' ? [packet.payload.toString()] : []))
  return {
    connack,
    all,
    send,
    first,
    texts,
    gone: socket.gone,
    text: (wanted: string) =>
      first((packet) => packet.cmd === 'publish' && packet.payload.toString() === wanted),
    /** What was written to it before is here then. */
    async ping(): Promise<void> {
      all.splice(0, all.length, ...all.filter(({ cmd }) => cmd !== 'pingresp'))
      send({ cmd: 'pingreq' })
      await first(({ cmd }) => cmd === 'pingresp')
    },
    async subscribe(topic: string, qos: 0 | 1 | 2 = 1): Promise<void> {
      id += 1
      const messageId = id
      send({ cmd: 'subscribe', messageId, subscriptions: [{ topic, qos }] })
      await first((packet) => packet.cmd === 'suback' && packet.messageId === messageId)
    },
    /** Acknowledges the message with this text. */
    ack(text: string): void {
      const found = all.find((packet) => packet.cmd === 'publish' && packet.payload.toString() === text)
      if (found?.messageId === undefined) throw new Error(`no message "${text}" to acknowledge`)
      send({ cmd: 'puback', messageId: found.messageId })
    },
    async leave(): Promise<void> {
      send({ cmd: 'disconnect', reasonCode: 0 })
      await socket.gone
    },
    async cut(): Promise<void> {
      socket.destroy()
      await socket.gone
    },
  }
}
