/**
 * `sys/product/{sn}/{suffix}` and `thing/product/{sn}/{suffix}`: the only topics of the Cloud API (facts D2). Parsing
 * is strict: a topic with an empty level, without a suffix or with an impossible serial number is not a product topic.
 */
export interface ProductTopic {
  readonly root: 'sys' | 'thing'
  readonly serial: string
  /** Without a leading slash: `status`, `property/set_reply`. */
  readonly suffix: string
}

/**
 * Letters and digits. Controllers have 14 characters and aircraft mostly 20, all of them capitals or digits (facts D1).
 * 32 characters and small letters are allowed too, because future devices may have them. Serial numbers are always
 * compared exactly.
 */
const SERIAL = /^[0-9A-Za-z]{1,32}$/

/** Whether a text can be the serial number of a device: letters and digits, as in topics. */
export const isSerial = (value: string): boolean => SERIAL.test(value)

/** MQTT allows 65,535 bytes; the longest topic of the Cloud API has about 60. */
const MAX_LENGTH = 512

const THING = 'thing/product/'
const SYS = 'sys/product/'

export function parseProductTopic(topic: string): ProductTopic | null {
  const root = topic.startsWith(THING) ? 'thing' : topic.startsWith(SYS) ? 'sys' : null
  if (root === null) return null
  const start = root === 'thing' ? THING.length : SYS.length
  const end = topic.indexOf('/', start)
  if (end < 0 || end === topic.length - 1) return null
  const serial = topic.slice(start, end)
  return isSerial(serial) ? { root, serial, suffix: topic.slice(end + 1) } : null
}

export const productTopic = (root: 'sys' | 'thing', serial: string, suffix: string): string =>
  `${root}/product/${serial}/${suffix}`

export const hasWildcard = (topic: string): boolean => topic.includes('+') || topic.includes('#')

const isText = (topic: string): boolean =>
  topic.length > 0 && topic.length <= MAX_LENGTH && !topic.includes('\0')

/** Whether a text is a topic that can be published to: it has no wildcard. */
export const isTopicName = (topic: string): boolean => isText(topic) && !hasWildcard(topic)

/** A filter as MQTT defines it: `+` fills a whole level, `#` a whole level and only the last. */
export function isTopicFilter(filter: string): boolean {
  if (!isText(filter)) return false
  if (!hasWildcard(filter)) return true
  const levels = filter.split('/')
  return levels.every((level, index) => {
    if (!hasWildcard(level)) return true
    return level === '+' || (level === '#' && index === levels.length - 1)
  })
}
