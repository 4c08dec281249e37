import type { AedesPublish } from './aedes.ts'

/** Bytes of a variable byte integer of MQTT. */
const lengthSize = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4

const bytes = (value: string | Uint8Array | undefined): number =>
  value === undefined ? 0 : typeof value === 'string' ? Buffer.byteLength(value) : value.length

/** One byte of identifier, two of length, and the text. */
const textSize = (value: string | Uint8Array | undefined): number =>
  value === undefined ? 0 : 3 + bytes(value)

function propertiesSize(properties: AedesPublish['properties']): number {
  if (properties === undefined || properties === null) return 0
  let size = 0
  if (properties.payloadFormatIndicator !== undefined) size += 2
  if (properties.messageExpiryInterval !== undefined) size += 5
  size += textSize(properties.contentType)
  size += textSize(properties.responseTopic)
  size += textSize(properties.correlationData)
  const id = properties.subscriptionIdentifier
  for (const one of id === undefined ? [] : Array.isArray(id) ? id : [id]) size += 1 + lengthSize(one)
  const own = properties.userProperties ?? {}
  for (const name of Object.keys(own)) {
    const value = own[name] ?? []
    for (const one of typeof value === 'string' ? [value] : value) size += 5 + bytes(name) + bytes(one)
  }
  return size
}

/** The exact number of bytes of a PUBLISH on the wire. */
export function publishSize(packet: AedesPublish, version: number): number {
  let body = 2 + bytes(packet.topic) + bytes(packet.payload) + (packet.qos > 0 ? 2 : 0)
  if (version === 5) {
    const properties = propertiesSize(packet.properties)
    body += lengthSize(properties) + properties
  }
  return 1 + lengthSize(body) + body
}
