/**
 * A store that hangs must not hang the request: the answer has to be a 503 that a controller can try again (facts C3).
 * What was sent may still be carried out later; only its answer is given up.
 * @param ms how long to wait
 */
export async function within<T>(work: Promise<T>, ms: number, store: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${store} did not answer within ${Math.round(ms)} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
