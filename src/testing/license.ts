import type { FlowResponse } from '../bridge/types.ts'

/** Of the form that Pilot takes, and nobody's. */
export const FAKE_LICENSE = {
  app_id: '100000',
  app_key: 'stand-in-key',
  license: 'U1RBTkQtSU46Tk9ULUEtUkVBTC1MSUNFTkNF',
}

/** The bootstrap of a platform without a licence, as if it had one; null: it needs none. */
export function withFakeLicense<Data>(data: Data): (Data & { license: typeof FAKE_LICENSE }) | null {
  if (typeof data !== 'object' || data === null || !('modules' in data)) return null
  return (data as { license?: unknown }).license === null ? { ...data, license: FAKE_LICENSE } : null
}

/** The answer to the page's request, with the licence stood in for. */
export function licensed(response: FlowResponse, onStandIn: () => void): FlowResponse {
  const data = withFakeLicense(response.data)
  if (data === null) return response
  onStandIn()
  return { ...response, data }
}
