import type { FlowResponse } from '../bridge/types.ts'

/** A licence in the form that Pilot accepts. It is fake. */
const FAKE_LICENSE = {
  app_id: '100000',
  app_key: 'stand-in-key',
  license: 'U1RBTkQtSU46Tk9ULUEtUkVBTC1MSUNFTkNF',
}

/**
 * If the platform has no licence, returns its bootstrap data with the fake one. Null: the platform has a licence, or
 * this is not bootstrap data.
 */
export function withFakeLicense<Data>(data: Data): (Data & { license: typeof FAKE_LICENSE }) | null {
  if (typeof data !== 'object' || data === null || !('modules' in data)) return null
  return (data as { license?: unknown }).license === null ? { ...data, license: FAKE_LICENSE } : null
}

/** The answer to the page's request. If it is bootstrap data without a licence, the fake licence is added. */
export function licensed(response: FlowResponse, onStandIn: () => void): FlowResponse {
  const data = withFakeLicense(response.data)
  if (data === null) return response
  onStandIn()
  return { ...response, data }
}
