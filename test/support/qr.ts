import jsQR from 'jsqr'
import { PNG } from 'pngjs'
import type { BrowserPage } from './browser.ts'

/** What a camera reads from the screen of this page; null: it finds no QR code. */
export async function scan(page: BrowserPage): Promise<string | null> {
  const { data } = await page.cdp.Page.captureScreenshot({ format: 'png' })
  const { data: pixels, width, height } = PNG.sync.read(Buffer.from(data, 'base64'))
  // Without the second try of the library, which inverts: not every camera does.
  const found = jsQR(new Uint8ClampedArray(pixels), width, height, { inversionAttempts: 'dontInvert' })
  return found?.data ?? null
}
