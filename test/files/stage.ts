import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import {
  type EmbeddedFilesOptions,
  embeddedFiles,
  type FileStore,
  type TemporaryUpload,
} from '../../src/plugins/files/index.ts'
import { closing, start } from '../plugins/start.ts'
import type { Variant } from '../support/hosts.ts'

export const WORKSPACE_ID = '11111111-2222-4333-8444-555555555555'
export const PREFIX = `${WORKSPACE_ID}/media`

export interface FilesStage {
  readonly url: string
  readonly files: FileStore
  readonly directory: string
  readonly request: { readonly host: string; readonly secure: boolean; readonly mount: string }
  advance(ms: number): void
  upload(prefix?: string, seconds?: number): Promise<TemporaryUpload>
}

/** A platform with files on the disk, in a folder that is removed after the test. */
export async function filesStage(
  options: Partial<EmbeddedFilesOptions> = {},
  variant?: Variant,
): Promise<FilesStage> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'dji-files-'))
  closing.push({ close: () => rmSync(directory, { recursive: true, force: true }) })
  const plugin = embeddedFiles({ ...options, directory })
  const cloud = await start({ plugins: [plugin] }, variant)
  const mount = variant?.mount ?? ''
  const request = { host: new URL(cloud.url).host, secure: false, mount }
  const files = (cloud.cloud.plugins as { readonly files: FileStore }).files
  return {
    ...{ url: cloud.url, files, directory, request, advance: cloud.advance },
    upload: (prefix = PREFIX, seconds = 3600) => files.temporaryUpload(prefix, seconds, { request }),
  }
}

/** The client of AWS, with credentials as Pilot gets them. */
export function clientOf({ endpoint, region, credentials }: TemporaryUpload, more: object = {}): S3Client {
  const client = new S3Client({
    ...{ endpoint, region, forcePathStyle: true, maxAttempts: 1 },
    credentials: {
      accessKeyId: credentials.access_key_id,
      secretAccessKey: credentials.access_key_secret,
      sessionToken: credentials.security_token,
    },
    ...more,
  })
  closing.push({ close: () => client.destroy() })
  return client
}

/** Bytes that are different everywhere, and the same in every run. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let index = 0; index < length; index += 1) {
    state = (state * 1103515245 + 12345) & 0x7fffffff
    bytes[index] = state >>> 16
  }
  return bytes
}
