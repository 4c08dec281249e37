import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'

const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  identity: (body) => body,
}

export function decode(body: Buffer, encoding = 'identity'): string {
  const decoder = decoders[encoding]
  if (decoder === undefined) throw new Error(`unknown content-encoding ${encoding}`)
  return decoder(body).toString('utf8')
}
