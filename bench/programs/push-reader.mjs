// Reads the pushes of a WebSocket from its bytes. Only what our server sends: whole, unmasked frames.
const TEXT = 0x1
const PING = 0x9
const SERIAL = '"sn":"'
const HEIGHT = '"height":'
const TIME = '"elevation":'
const EMPTY = Buffer.alloc(0)

/**
 * @param onPush called with the serial number, the counter and the time of each `device_osd`
 * @returns takes the bytes of the socket as they come
 */
export function createPushReader(onPush, onPing) {
  let rest = EMPTY
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (bytes.length - at >= 2) {
      let length = bytes[at + 1] & 0x7f
      let from = at + 2
      if (length === 126) {
        if (bytes.length - at < 4) break
        length = bytes.readUInt16BE(from)
        from += 2
      } else if (length === 127) {
        if (bytes.length - at < 10) break
        length = Number(bytes.readBigUInt64BE(from))
        from += 8
      }
      if (bytes.length - from < length) break
      const opcode = bytes[at] & 0x0f
      if (opcode === TEXT) read(bytes.latin1Slice(from, from + length), onPush)
      else if (opcode === PING) onPing()
      at = from + length
    }
    rest = at === bytes.length ? EMPTY : bytes.subarray(at)
  }
}

function read(text, onPush) {
  if (!text.includes('"biz_code":"device_osd"')) return
  const serial = text.indexOf(SERIAL) + SERIAL.length
  onPush(text.slice(serial, text.indexOf('"', serial)), numberAfter(text, HEIGHT), numberAfter(text, TIME))
}

const numberAfter = (text, name) =>
  Number.parseFloat(text.slice(text.indexOf(name) + name.length, text.indexOf(name) + name.length + 24))

/** A masked, empty pong, as a client has to send it. */
export const pongOf = () => Buffer.from([0x8a, 0x80, 1, 2, 3, 4])
