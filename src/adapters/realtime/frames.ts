/** FIN and the opcode of a text message (RFC 6455, section 5.2). */
const WHOLE_TEXT = 0x81
/** A longer message has its length in the next 2 bytes, or in the next 8 (section 5.2). */
const SHORT = 125
const MEDIUM = 0xffff

/**
 * Text messages as a server sends them: each in one frame, not masked, not compressed.
 * @param messages UTF-8
 */
export function textFrames(messages: readonly Uint8Array[]): Buffer {
  const frames = Buffer.allocUnsafe(messages.reduce((sum, { length }) => sum + headOf(length) + length, 0))
  let at = 0
  for (const message of messages) {
    const { length } = message
    frames[at] = WHOLE_TEXT
    if (length <= SHORT) frames[at + 1] = length
    else if (length <= MEDIUM) {
      frames[at + 1] = 126
      frames.writeUInt16BE(length, at + 2)
    } else {
      frames[at + 1] = 127
      frames.writeBigUInt64BE(BigInt(length), at + 2)
    }
    at += headOf(length)
    frames.set(message, at)
    at += length
  }
  return frames
}

const headOf = (length: number): number => (length <= SHORT ? 2 : length <= MEDIUM ? 4 : 10)
