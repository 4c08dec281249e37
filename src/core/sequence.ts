import type { Logger } from './ports/logger.ts'
import { isThenable, withinTime } from './promises.ts'

/** Steps that run one after the other for each event, such as the end of a session. */
export interface Sequence<Subject> {
  /** Appends a step. @returns how to remove it */
  add(name: string, step: (subject: Subject) => unknown): () => void
  /**
   * Runs all steps in the order in which they were added, and waits for each. It does not wait for a step whose earlier
   * work is not done after the longest time. Never rejects.
   */
  run(subject: Subject): Promise<void>
}

/**
 * If a step takes longer, the next one begins without waiting: later steps close connections, and must not be delayed.
 */
const LONGEST_STEP_MS = 5_000

/**
 * @param what names the sequence in the log, such as `The end of a session`
 * @returns a sequence that logs a step that fails or takes too long, and runs the other steps anyway
 */
export function createSequence<Subject>(
  what: string,
  logger: Logger,
  longestMs: number = LONGEST_STEP_MS,
): Sequence<Subject> {
  const steps = new Set<Step<Subject>>()

  async function take(entry: Step<Subject>, subject: Subject): Promise<void> {
    const { name, step } = entry
    const failed = (error: unknown): void =>
      logger.error({ err: error, step: name }, `${what}: a step failed. See the error.`)
    let work: unknown
    try {
      work = step(subject)
    } catch (error) {
      failed(error)
    }
    if (!isThenable(work)) return
    const settled = Promise.resolve(work).catch(failed)
    // This step has just delayed one run for the longest time. It must not delay every run like that.
    if (entry.late > 0) return
    await withinTime(settled, longestMs, () => new Error('late')).catch(() => {
      entry.late += 1
      void settled.then(() => {
        entry.late -= 1
      })
      logger.error(
        { step: name },
        `${what}: a step takes longer than ${longestMs} ms. The next one begins, and other runs do not wait for this step until it is done.`,
      )
    })
  }

  return {
    add(name, step) {
      const entry = { name, step, late: 0 }
      steps.add(entry)
      return () => void steps.delete(entry)
    },
    async run(subject) {
      for (const entry of [...steps]) await take(entry, subject)
    },
  }
}

interface Step<Subject> {
  readonly name: string
  readonly step: (subject: Subject) => unknown
  /** How often it runs at this moment beyond the longest time. */
  late: number
}
