import { atBase, mqttAtBase } from '../core/pages/at-base.ts'
import type { Bootstrap } from '../core/pages/page-data.ts'

/** What the page knows of the platform's addresses, against what the server could read off a request. */
export interface Here {
  /** A bootstrap as the server gave it. @returns as Pilot has to be given it */
  arrived(bootstrap: Bootstrap): Bootstrap
  /** Likewise the broker's address. */
  mqtt(address: string): string
}

export function createHere(base: string | null): Here {
  let given: Bootstrap | null = null
  return {
    arrived(bootstrap) {
      given = bootstrap
      return atBase(bootstrap, base)
    },
    mqtt: (address) => mqttAtBase(address, given, base),
  }
}
