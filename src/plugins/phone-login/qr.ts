import { loadPackage } from '../../plugin.ts'

type LeanQr = Pick<typeof import('lean-qr'), 'generate' | 'correction'>

const load = (): Promise<LeanQr> => loadPackage<LeanQr>('lean-qr', 'the plugin phone-login', '^2.5.0')

/** Rejects if the package that makes QR codes is missing. @throws DjiCloudError PACKAGE_MISSING */
export async function loadQr(): Promise<void> {
  await load()
}

/**
 * A QR code as rows of `1` (dark) and `0`, without the quiet zone around it. 15 % of it may be unreadable (level M), by a scratch or
 * a reflection; the library takes a higher level if the code does not get larger.
 */
export async function qrRows(text: string): Promise<readonly string[]> {
  const { generate, correction } = await load()
  const code = generate(text, { minCorrectionLevel: correction.M })
  const places = Array.from({ length: code.size }, (_, place) => place)
  return places.map((y) => places.map((x) => (code.get(x, y) ? '1' : '0')).join(''))
}
