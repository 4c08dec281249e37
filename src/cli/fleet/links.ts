/** Watches the connections of the fleet by regular checks. */
export interface Links {
  /** Checks all connections. @returns how many are up */
  look(): number
  /**
   * Connections that broke and came back, as after a restart or a deployment of the platform. No reports are lost by
   * it.
   */
  returned(): number
  /** Connections that broke and did not come back. */
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
