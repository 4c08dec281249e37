/**
 * Waits for work, but not without end. What was begun may still be carried out; only its outcome is given up.
 * @param late makes the error of work that takes longer
 * @param holdsProcess false: the process may end while it waits
 */
export async function withinTime<Value>(
  work: PromiseLike<Value>,
  ms: number,
  late: () => Error,
  holdsProcess = true,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms)
    if (!holdsProcess) timer.unref()
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}
