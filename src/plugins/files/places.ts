import type { HttpRequest, PublicBase } from '../../plugin.ts'
import { fileError } from './errors.ts'

/** The first part of all our paths below the mount. */
export const ROOT = 'dji-files'

/** Where clients find the storage. */
export interface Place {
  readonly endpoint: string
  readonly bucket: string
  /** In front of each key, with a slash at its end; '' at the root. */
  readonly lead: string
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/**
 * An S3 client puts bucket and key directly behind the host name, and an endpoint with a path is not safe: many clients drop or
 * sign it wrongly. So below a mount, the first part of the mount is the bucket, and the rest of the path leads each key.
 * @throws DjiCloudError FILE_ADDRESS
 */
export function placeOf({ origin, mount }: Pick<PublicBase, 'origin' | 'mount'>): Place {
  const [bucket = '', ...rest] = [...mount.split('/').filter((part) => part !== ''), ROOT]
  if (!BUCKET.test(bucket))
    throw fileError('FILE_ADDRESS', {
      message: `The platform is mounted below "${mount}", whose first part cannot be the name of a bucket. Use a part of 3 to 63 small letters, digits and hyphens.`,
    })
  return { endpoint: origin, bucket, lead: rest.map((part) => `${part}/`).join('') }
}

/** A host and an address as the client may have signed them. */
export interface Signed {
  readonly host: string
  readonly rawUrl: string
}

/** A proxy may have changed the name, or removed the path of the public address. */
export function signedAs(
  request: Pick<HttpRequest, 'host' | 'headers' | 'rawUrl' | 'mount'>,
  base: Pick<PublicBase, 'origin' | 'mount'>,
): readonly Signed[] {
  const hosts = new Set([
    request.host,
    String(request.headers.host ?? request.host),
    new URL(base.origin).host,
  ])
  const below = request.rawUrl.startsWith(request.mount)
    ? request.rawUrl.slice(request.mount.length)
    : request.rawUrl
  const urls = new Set([request.rawUrl, `${base.mount}${below}`])
  return [...hosts].flatMap((host) => [...urls].map((rawUrl) => ({ host, rawUrl })))
}
