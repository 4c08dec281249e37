import type { Step, Walk } from './walk.ts'

/** A frame of a stack, with the functions of V8 that Node's types do not have. */
type Frame = NodeJS.CallSite & { isAsync?(): boolean }

/**
 * How many frames are searched for the caller. Frames of Node itself, such as an emitter of events, may come before it.
 */
const DEPTH = 60
/** A walk ends when no function has begun for this time. */
const CALM_MS = 60

/** Writes down which file calls which, from stack traces. */
export function createRecorder() {
  let steps: Map<string, Step> | null = null
  let lastAt = 0

  /** Resolves when nothing happens any more. */
  async function calm(): Promise<void> {
    while (performance.now() - lastAt < CALM_MS) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  return {
    get recording(): boolean {
      return steps !== null
    },
    /**
     * Called when a function has begun.
     * @param fileOf the file of the source at this place; null: it is in no file of the source
     */
    enter(file: string, fileOf: (place: string) => string | null): void {
      lastAt = performance.now()
      if (steps === null) return
      const from = callerOf(file, fileOf)
      if (from !== file) steps.set(`${from}\n${file}`, { from, to: file })
    },
    async record(happens: () => Promise<unknown>): Promise<Walk> {
      await calm()
      const own = new Map<string, Step>()
      steps = own
      await happens()
      await calm()
      steps = null
      return [...own.values()]
    },
  }
}

/** The file that called a function of `file`; null: Node or a package did. */
function callerOf(file: string, fileOf: (place: string) => string | null): string | null {
  const files = stackOf()
    // Frames that wait for a promise are not callers, because their calls have returned already.
    .filter((frame) => frame.isAsync?.() !== true)
    .map((frame) => frame.getFileName() ?? '')
    .filter((place) => place !== '' && !place.startsWith('node:'))
    .map(fileOf)
  // The frames above are the recorder's own.
  return files[files.indexOf(file) + 1] ?? null
}

function stackOf(): readonly Frame[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  Error.stackTraceLimit = DEPTH
  Error.prepareStackTrace = (_error, frames) => frames
  // With the function above, the stack is a list of frames instead of a text.
  const { stack } = new Error() as unknown as { readonly stack: readonly Frame[] }
  Object.assign(Error, { prepareStackTrace, stackTraceLimit })
  return stack
}
