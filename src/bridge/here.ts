import { atBase, mqttAtBase } from '../core/pages/at-base.ts'
import type { Bootstrap } from '../core/pages/page-data.ts'

/** Corrects addresses that the server guessed from the request, by the address under which the page was opened. */
export interface Here {
  /** @returns the server's bootstrap with addresses that Pilot can reach */
  arrived(bootstrap: Bootstrap): Bootstrap
  /** @returns the broker's address, corrected in the same way */
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
