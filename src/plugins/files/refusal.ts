import { isDjiCloudError } from '../../plugin.ts'

/** Code of S3, HTTP status, and what is wrong. Never 401: on that Pilot leaves the cloud. */
const REFUSALS = {
  AccessDenied: [
    403,
    'These credentials may not do this. Ask for temporary credentials of the right prefix.',
  ],
  AuthorizationHeaderMalformed: [
    400,
    'The signature is not one of Signature V4 for this region and the service s3.',
  ],
  BadDigest: [400, 'The content does not have the checksum that the request states. Send it again.'],
  EntityTooLarge: [400, 'The file or the part is larger than this storage takes.'],
  ExpiredToken: [400, 'The temporary credentials have expired. Ask for new ones.'],
  IncompleteBody: [400, 'The connection ended before the whole content had arrived. Send it again.'],
  InternalError: [500, 'The storage failed. The log of the server has the cause.'],
  InvalidAccessKeyId: [
    403,
    'This access key is not known. Ask for temporary credentials, and send all of them.',
  ],
  InvalidArgument: [400, 'A key, a header or a parameter of the request cannot be used.'],
  InvalidPart: [400, 'A part of the upload is missing, or has another ETag. Upload it again.'],
  InvalidPartOrder: [400, 'The parts of the upload are not listed in the order of their numbers.'],
  InvalidRange: [416, 'The file does not have the bytes that Range asks for.'],
  InvalidToken: [400, 'The session token does not belong to this access key, or was changed.'],
  MalformedXML: [400, 'The list of parts cannot be read.'],
  MissingContentLength: [411, 'The request has to state the length of its content.'],
  NoSuchBucket: [404, 'There is no such bucket.'],
  NoSuchKey: [404, 'There is no such file.'],
  NoSuchUpload: [404, 'There is no such upload. It was completed, aborted, or given up after a day.'],
  NotImplemented: [501, 'This storage does not have this function of S3.'],
  PreconditionFailed: [412, 'The file is not the one that the request is about.'],
  QuotaExceeded: [
    403,
    'The storage of this workspace is full. Delete files, or raise quotaBytes in embeddedFiles().',
  ],
  RequestTimeTooSkewed: [
    403,
    'The clock of the client and that of the server differ by more than 15 minutes. Set both.',
  ],
  RequestTimeout: [400, 'No content arrived for too long. Send it again.'],
  SignatureDoesNotMatch: [
    403,
    'The signature does not fit the request. The secret is wrong, or a proxy changed the address or the headers.',
  ],
  SlowDown: [503, 'Too many uploads are open in this workspace. Complete or abort some of them.'],
  StorageFull: [
    507,
    'The disk of the server is full. Free space on the disk of the directory in embeddedFiles().',
  ],
} as const satisfies Readonly<Record<string, readonly [number, string]>>

export type RefusalCode = keyof typeof REFUSALS

/** What an S3 client is told instead of what it asked for. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly status: number

  constructor(code: RefusalCode, message?: string) {
    super(message ?? REFUSALS[code][1])
    this.code = code
    this.status = REFUSALS[code][0]
  }
}

const KNOWN: Readonly<Record<string, RefusalCode>> = {
  FILE_KEY: 'InvalidArgument',
  FILE_NOT_FOUND: 'NoSuchKey',
  FILE_QUOTA: 'QuotaExceeded',
  FILE_DISK_FULL: 'StorageFull',
  FILE_CHECKSUM: 'BadDigest',
  BODY_TOO_LARGE: 'EntityTooLarge',
  BODY_UNREADABLE: 'IncompleteBody',
  RANGE_NOT_SATISFIABLE: 'InvalidRange',
  PRECONDITION_FAILED: 'PreconditionFailed',
}

/** The refusal for any error; null: nobody expected this error. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error
  if (!isDjiCloudError(error)) return null
  const code = KNOWN[error.code]
  // A parser of the host that read the body is the fault of the server, so its text says what to change.
  if (error.code === 'BODY_UNREADABLE') return new Refusal('IncompleteBody', error.message)
  return code === undefined ? null : new Refusal(code)
}
