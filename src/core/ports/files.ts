import type { Readable } from 'node:stream'

/** A file as the storage knows it. */
export interface StoredFile {
  readonly key: string
  /** In bytes. */
  readonly size: number
  /** Such as `video/mp4`. */
  readonly type: string
  /** Changes with the content. Without quotes. */
  readonly etag: string
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number
}

/** What is known about a file before it is stored. */
export interface PutOptions {
  /** In bytes, if it is known. A stream of another length is refused. */
  readonly size?: number | undefined
  /** @default 'application/octet-stream' */
  readonly type?: string | undefined
  /** Hashes of the content, in lower-case hex. Content that differs is refused. */
  readonly checksum?:
    | {
        /** 32 digits. */
        readonly md5?: string | undefined
        /** 64 digits. */
        readonly sha256?: string | undefined
      }
    | undefined
}

/** One page of a list of files. */
export interface FileList {
  /** In the order of their keys. */
  readonly files: readonly StoredFile[]
  /** Give it to the next call. Null: this was the last page. */
  readonly cursor: string | null
}

/** The request whose client will use the address. A storage with its own address ignores it. */
export interface AddressOptions {
  /** An `HttpRequest` of the platform, or these three fields of one. Its host name and mount are then in the address. */
  readonly request?:
    | {
        /** Host name and port, as the client sees them. */
        readonly host: string
        /** Whether the client uses `https`. */
        readonly secure: boolean
        /** The path of the mount, without a slash at its end. */
        readonly mount: string
      }
    | undefined
}

/** What Pilot needs for an upload, with the names that DJI documents and no others. */
export interface TemporaryUpload {
  readonly bucket: string
  readonly credentials: {
    readonly access_key_id: string
    readonly access_key_secret: string
    /** How long they are valid, in seconds. */
    readonly expire: number
    readonly security_token: string
  }
  /** With its scheme, and without the bucket. */
  readonly endpoint: string
  /** Without a slash at the end. */
  readonly object_key_prefix: string
  readonly provider: 'ali' | 'aws' | 'minio'
  readonly region: string
}

/**
 * Where files are stored. Errors are `DjiCloudError`s: FILE_KEY for a key that no storage can take, FILE_NOT_FOUND,
 * FILE_QUOTA, FILE_DISK_FULL, FILE_CHECKSUM, FILE_STORE_UNAVAILABLE. The suite `fileStoreContract` of `dji-cloud/testing` tests one.
 */
export interface FileStore {
  /**
   * Stores a file under this key, and replaces the file that was there. Until the file is complete, readers do not see
   * any part of it.
   * @throws DjiCloudError FILE_KEY, FILE_QUOTA, FILE_DISK_FULL, FILE_CHECKSUM; and what the stream throws
   */
  put(key: string, content: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredFile>
  /** Null: there is no such file. */
  head(key: string): Promise<StoredFile | null>
  /** @throws DjiCloudError FILE_NOT_FOUND */
  get(
    key: string,
    options?: { readonly range?: { readonly start: number; readonly end: number } | undefined },
  ): Promise<{ readonly file: StoredFile; readonly stream: Readable }>
  /** Does nothing if there is no such file. */
  delete(key: string): Promise<void>
  /** @param options `limit`: the most files in one answer, 1 to 1000. @default 1000 */
  list(options: {
    readonly prefix: string
    readonly cursor?: string | null | undefined
    readonly limit?: number | undefined
  }): Promise<FileList>
  /**
   * An address that anybody may read this file from until it expires.
   * @param options `filename`: the name with which a browser saves the file
   */
  presignGet(
    key: string,
    options: AddressOptions & { readonly seconds: number; readonly filename?: string | undefined },
  ): Promise<string>
  /**
   * Credentials that can upload and read below this prefix, and nothing else, until they expire.
   * @param prefix begins with the workspace, such as `{workspace_id}/media`
   */
  temporaryUpload(prefix: string, seconds: number, options?: AddressOptions): Promise<TemporaryUpload>
  /**
   * The key of an object that a client has uploaded, from the name that the client reports. The two can differ, because
   * a storage may have put a prefix of its own before the prefix of `temporaryUpload`. Null: it is not a name of this
   * storage.
   * @throws DjiCloudError FILE_KEY
   */
  keyOf(objectKey: string, options?: AddressOptions): string | null
  /** How many bytes of the quota a workspace uses. Null: this storage has no quotas. */
  usedBy(workspaceId: string): Promise<number | null>
}
