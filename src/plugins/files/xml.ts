import type { HttpResponse } from '../../plugin.ts'
import { Refusal } from './refusal.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** An element with a text or with other elements. */
export const element = (name: string, content: string | number | boolean): string =>
  `<${name}>${String(content).replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign)}</${name}>`

export const elements = (name: string, content: readonly string[]): string =>
  `<${name}>${content.join('')}</${name}>`

export function xmlResponse(root: string, content: readonly string[], status = 200): HttpResponse {
  const xmlns = root === 'Error' ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
  return {
    status,
    headers: {
      'content-type': 'application/xml',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${xmlns}>${content.join('')}</${root}>`,
  }
}

export const refusalResponse = ({ code, message, status }: Refusal, path: string, id: string): HttpResponse =>
  xmlResponse(
    'Error',
    [element('Code', code), element('Message', message), element('Resource', path), element('RequestId', id)],
    status,
  )

/** A part of an upload, as the client lists it at the end. */
export interface ListedPart {
  readonly number: number
  readonly etag: string
}

const MOST_PARTS = 10_000

/**
 * Reads the list of parts that completes an upload. Its form is fixed, and it has no attributes but a namespace, so what has another
 * form is refused. Entities are not expanded.
 * @throws Refusal
 */
export function partsOf(xml: string): readonly ListedPart[] {
  const body =
    /^\s*(?:<\?xml[^>]*\?>\s*)?<CompleteMultipartUpload(?:\s+xmlns="[^"<>]*")?\s*>([\s\S]*)<\/CompleteMultipartUpload>\s*$/.exec(
      xml,
    )?.[1]
  if (body === undefined) throw new Refusal('MalformedXML')
  const parts = body
    .split('</Part>')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(partOf)
  if (parts.length === 0 || parts.length > MOST_PARTS) throw new Refusal('MalformedXML')
  if (parts.some(({ number }, index) => number <= (parts[index - 1]?.number ?? 0)))
    throw new Refusal('InvalidPartOrder')
  return parts
}

function partOf(text: string): ListedPart {
  const number = /<PartNumber>\s*(\d{1,5})\s*<\/PartNumber>/.exec(text)?.[1]
  const etag = /<ETag>\s*(?:"|&quot;|&#34;)?([0-9a-f]{32})(?:"|&quot;|&#34;)?\s*<\/ETag>/.exec(text)?.[1]
  if (!text.startsWith('<Part>') || number === undefined || etag === undefined)
    throw new Refusal('MalformedXML')
  return { number: Number(number), etag }
}
