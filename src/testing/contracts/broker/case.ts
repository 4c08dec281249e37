import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { BrokerCapabilities } from '../../../core/ports/broker.ts'
import type { Stage } from './stage.ts'

export interface Case {
  /** @default the case is for every broker */
  readonly needs?: (capabilities: BrokerCapabilities) => boolean
  /** How many nodes. @default 1 */
  readonly nodes?: 2
  readonly run: (stage: Stage) => Promise<void>
}

/** A serial number that was never used at this broker. */
export const serial = (kind: 'RC' | 'AC' = 'RC'): string =>
  `${kind}FAKE${randomBytes(5).toString('hex').toUpperCase()}`

export const osd = (gateway: string): string => `thing/product/${gateway}/osd`
export const services = (gateway: string): string => `thing/product/${gateway}/services`
export const isolated = ({ credentials }: BrokerCapabilities): boolean => credentials === 'gateway'
export const kicks = ({ kick }: BrokerCapabilities): boolean => kick
/** Whether the end of a session closes its connection. */
export const revokes = ({ revocation }: BrokerCapabilities): boolean => revocation === 'immediate'

/** The topics of the messages that core accepted. */
export const topics = (stage: Stage): string[] => stage.node.received.map(({ topic }) => topic)

export const coreHears = (stage: Stage, topic: string, text: string): Promise<void> =>
  stage.until(`core hears ${text} on ${topic}`, () =>
    stage.nodes.some(({ received }) =>
      received.some((one) => one.topic === topic && Buffer.from(one.payload).toString() === text),
    ),
  )

/**
 * Sends the client an allowed message. When that message has arrived, all earlier messages have arrived, or will never
 * arrive.
 */
export async function flush(
  stage: Stage,
  gateway: string,
  client: { readonly heard: readonly { readonly text: string }[] },
): Promise<void> {
  const marker = `marker ${randomBytes(4).toString('hex')}`
  await stage.node.adapter.publish({ topic: services(gateway), payload: marker, qos: 1 })
  await stage.until(`${gateway} hears the marker`, () => client.heard.some(({ text }) => text === marker))
}

export const foreign = (client: { readonly heard: readonly { readonly text: string }[] }): string[] =>
  client.heard.map(({ text }) => text).filter((text) => !text.startsWith('marker'))

export async function refused(attempt: Promise<unknown>, what: string): Promise<void> {
  await assert.rejects(attempt, (error) => error instanceof Error, what)
}

export async function listener(stage: Stage) {
  const gateway = serial()
  const client = await stage.connect(await stage.login(gateway))
  assert.equal(await client.subscribe(`thing/product/${gateway}/#`), true)
  return { gateway, client }
}
