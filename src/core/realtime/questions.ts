import { randomUUID } from 'node:crypto'
import { DjiCloudError, isDjiCloudError, namedError } from '../errors.ts'
import type { Answer, NodeMessage, Question } from './wire.ts'

/** Added to the time limit of the question itself, for the way to the other node and back. */
const ON_THE_WAY_MS = 2_000
const DEFAULT_MS = 10_000

export interface Questions {
  /** @throws DjiCloudError the error of the other node, or DEVICE_TIMEOUT if it does not answer */
  ask(node: string, question: Question): Promise<unknown>
  take(from: string, message: Extract<NodeMessage, { kind: 'ask' | 'answer' }>): void
  /** Call it when a node is lost. Open questions to it then fail with DEVICE_OFFLINE. */
  lost(node: string): void
  close(): void
}

/** Questions between nodes. One node asks, and the node that has the gateway answers. */
export function createQuestions(parts: {
  readonly id: string
  readonly send: (message: NodeMessage) => void
  readonly answer: (question: Question) => Promise<unknown>
}): Questions {
  const { id: self, send } = parts
  const waiting = new Map<string, { readonly node: string; readonly settle: (answer: Answer) => void }>()

  const failed = (error: unknown): Answer =>
    isDjiCloudError(error)
      ? { ok: false, error: namedError(error), message: error.message, data: error.data }
      : failed(
          new DjiCloudError('BROKER_UNAVAILABLE', {
            message: 'The node to which the device is connected failed. See the log of that node.',
          }),
        )

  const end = (node: string | null, error: DjiCloudError): void => {
    for (const { node: of, settle } of [...waiting.values()])
      if (node === null || node === of) settle(failed(error))
  }

  return {
    ask(node, question) {
      const id = randomUUID()
      const allowed = 'timeoutMs' in question ? (question.timeoutMs ?? DEFAULT_MS) : DEFAULT_MS
      return new Promise((resolve, reject) => {
        const settle = (answer: Answer): void => {
          clearTimeout(timer)
          waiting.delete(id)
          if (answer.ok) resolve(answer.value)
          else
            reject(
              new DjiCloudError(answer.error, {
                message: answer.message,
                ...(answer.data === null ? {} : { data: answer.data }),
              }),
            )
        }
        const late = () =>
          settle(failed(new DjiCloudError('DEVICE_TIMEOUT', { data: { device: question.gateway } })))
        const timer = setTimeout(late, allowed + ON_THE_WAY_MS)
        waiting.set(id, { node, settle })
        send({ kind: 'ask', id, to: node, question })
      })
    },
    take(from, message) {
      if (message.to !== self) return
      if (message.kind === 'answer') return waiting.get(message.id)?.settle(message.answer)
      const reply = (answer: Answer): void => send({ kind: 'answer', id: message.id, to: from, answer })
      parts.answer(message.question).then(
        (value) => reply({ ok: true, value }),
        (error: unknown) => reply(failed(error)),
      )
    },
    lost: (node) => end(node, new DjiCloudError('DEVICE_OFFLINE')),
    close: () => end(null, new DjiCloudError('SHUTTING_DOWN')),
  }
}
