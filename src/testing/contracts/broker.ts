import type { BrokerAdapter } from '../../core/ports/broker.ts'
import type { Case } from './broker/case.ts'
import { accessCases } from './broker/cases-access.ts'
import { doorCases } from './broker/cases-door.ts'
import { lifeCases } from './broker/cases-life.ts'
import { topicCases } from './broker/cases-topics.ts'
import { openStage } from './broker/stage.ts'
import type { ContractRunner } from './runner.ts'

/** One broker for one case of the suite. */
export interface BrokerUnderTest {
  /** Adapters that are not started yet. If there are two, they are two nodes of one broker. */
  readonly adapters: readonly BrokerAdapter[]
  /** Where a controller connects. Called after the adapters have started. @default the address of the adapter */
  readonly url?: ((node: number) => string) | undefined
  /** More options of the `mqtt` package for the controller of this gateway, such as certificates. */
  readonly client?: ((gateway: string) => object) | undefined
  /** Called after the adapters have stopped. */
  close?(): Promise<void>
}

/** Options of `brokerContract`: a broker, and its capabilities. */
export interface BrokerContract extends ContractRunner {
  /** Broker, transport and version, for the report. */
  readonly name: string
  /** MQTT version of the controllers: 3 is 3.1, 4 is 3.1.1. */
  readonly version: 3 | 4 | 5
  /** The capabilities of the adapter. Cases that need more are left out. */
  readonly capabilities: BrokerAdapter['capabilities']
  /** Called for every case. The broker may still have data of earlier cases. */
  readonly make: (nodes: number) => BrokerUnderTest | Promise<BrokerUnderTest>
  /** @default 1 */
  readonly nodes?: 1 | 2 | undefined
}

/**
 * The tests that every broker adapter has to pass, with core's own decisions and real MQTT clients. Brokers refuse in different
 * ways, so the tests check effects: which client got a message, which could connect, which is still connected.
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

const CASES: Readonly<Record<string, Case>> = { ...doorCases, ...accessCases, ...topicCases, ...lifeCases }
