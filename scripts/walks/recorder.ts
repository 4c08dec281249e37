import type { Step, Walk } from './walk.ts'

/** A frame of a stack, with what V8 tells beyond Node's types. */
type Frame = NodeJS.CallSite & { isAsync?(): boolean }

/** Frames that are looked at to find the caller. Frames of Node itself, such as an emitter of events, may stand before it. */
const DEPTH = 60
/** A walk is over when no function has begun for this long. */
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
    /** A function has begun. @param fileOf the file of the source at this place; null: of no file of the source */
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
    // Frames that wait for a promise are no callers: what they called came back long ago.
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
  // With the function above, the stack is a list of frames and no text.
  const { stack } = new Error() as unknown as { readonly stack: readonly Frame[] }
  Object.assign(Error, { prepareStackTrace, stackTraceLimit })
  return stack
}
