import type { BrokerAdapter } from '../../core/ports/broker.ts'
import { CASES } from './broker/cases.ts'
import { openStage } from './broker/stage.ts'
import type { ContractRunner } from './runner.ts'

/** One broker for one case of the suite. */
export interface BrokerUnderTest {
  /** Not started yet; several are several nodes of one broker. */
  readonly adapters: readonly BrokerAdapter[]
  /** Where a controller connects, asked when the adapters have started. @default what the adapter hands out */
  readonly url?: ((node: number) => string) | undefined
  /** More options of the `mqtt` package for the controller of this gateway: certificates, say. */
  readonly client?: ((gateway: string) => object) | undefined
  /** After the adapters have stopped. */
  close?(): Promise<void>
}

/** What `brokerContract` is given: a broker, and what it says it can do. */
export interface BrokerContract extends ContractRunner {
  /** Of broker, transport and version, for the report. */
  readonly name: string
  /** MQTT of the controllers: 3 is 3.1, 4 is 3.1.1. */
  readonly version: 3 | 4 | 5
  /** What the adapter says it can do: cases that need more are not part of the suite. */
  readonly capabilities: BrokerAdapter['capabilities']
  /** Called for every case; the broker may hold what earlier cases left. */
  readonly make: (nodes: number) => BrokerUnderTest | Promise<BrokerUnderTest>
  /** @default 1 */
  readonly nodes?: 1 | 2 | undefined
}

/**
 * What every broker adapter has to do, with core's own decisions and real MQTT clients. Brokers say no in different ways,
 * so effects are looked at: who heard it, who got in, who is still connected.
 */
export function brokerContract(contract: BrokerContract): void {
  const { name, version, capabilities, make, nodes = 1, describe, test } = contract
  describe(`broker contract: ${name}`, () => {
    for (const [title, { needs, nodes: wanted = 1, run }] of Object.entries(CASES)) {
      if ((needs !== undefined && !needs(capabilities)) || wanted > nodes) continue
      test(title, async () => {
        const broker = await make(wanted)
        const url = (node: number): string =>
          broker.url?.(node) ?? broker.adapters[node]?.address('127.0.0.1') ?? ''
        let stage: Awaited<ReturnType<typeof openStage>> | undefined
        try {
          stage = await openStage(broker.adapters, (node) => ({ url: url(node) }), version, broker.client)
          await run(stage)
        } finally {
          await stage?.close()
          await broker.close?.()
        }
      })
    }
  })
}
