/** The connections of the fleet, looked at now and then. */
export interface Links {
  /** @returns how many stand at this moment */
  look(): number
  /** Broken, and standing again: a restart or a deploy of the platform does that, and nothing is lost by it. */
  returned(): number
  /** Broken, and not back. */
  lost(): number
}

export function watchLinks(connected: readonly (() => boolean)[]): Links {
  const up = connected.map(() => true)
  let returned = 0
  return {
    look() {
      connected.forEach((is, index) => {
        const now = is()
        if (up[index] === false && now) returned += 1
        up[index] = now
      })
      return up.filter(Boolean).length
    },
    returned: () => returned,
    lost: () => up.filter((one) => !one).length,
  }
}
