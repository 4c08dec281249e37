import type { Logger } from './ports/logger.ts'
import { isThenable, withinTime } from './promises.ts'

/** Steps that run one after the other for each event, such as the end of a session. */
export interface Sequence<Subject> {
  /** Appends a step. @returns how to remove it */
  add(name: string, step: (subject: Subject) => unknown): () => void
  /** Runs all steps in the order in which they were added, and waits for each. Never rejects. */
  run(subject: Subject): Promise<void>
}

/**
 * If a step takes longer, the next one begins without waiting: later steps close connections, and must not be delayed.
 */
const LONGEST_STEP_MS = 5_000

/**
 * @param what names the sequence in the log, such as `session end`
 * @returns a sequence that logs a step that fails or hangs, and runs the others anyway
 */
export function createSequence<Subject>(
  what: string,
  logger: Logger,
  longestMs: number = LONGEST_STEP_MS,
): Sequence<Subject> {
  const steps = new Set<{ readonly name: string; readonly step: (subject: Subject) => unknown }>()

  async function take(name: string, work: unknown): Promise<void> {
    if (!isThenable(work)) return
    const failed = (error: unknown): void =>
      logger.error({ err: error, step: name }, `${what}: a step failed`)
    const late = new Error('late')
    await withinTime(Promise.resolve(work).catch(failed), longestMs, () => late).catch(() =>
      logger.error({ step: name }, `${what}: a step takes longer than ${longestMs} ms. The next one begins.`),
    )
  }

  return {
    add(name, step) {
      const entry = { name, step }
      steps.add(entry)
      return () => void steps.delete(entry)
    },
    async run(subject) {
      for (const { name, step } of [...steps]) {
        try {
          await take(name, step(subject))
        } catch (error) {
          logger.error({ err: error, step: name }, `${what}: a step failed`)
        }
      }
    },
  }
}
