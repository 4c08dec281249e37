import { DjiCloudError, type ErrorDetails } from '../../plugin.ts'

/** The errors of every storage. */
export const ERRORS = {
  FILE_KEY: [
    400_600,
    400,
    'This key or prefix of a file cannot be used.',
    'Use parts that are separated by one slash, without "." and "..", without control characters, and with 200 bytes at most each.',
  ],
  FILE_NOT_FOUND: [
    404_600,
    404,
    'There is no such file.',
    'It may have been deleted, or not be uploaded yet. Check its key.',
  ],
  FILE_QUOTA: [
    403_600,
    403,
    'The storage of this workspace is full.',
    'Delete files of the workspace, or raise quotaBytes in embeddedFiles().',
  ],
  FILE_DISK_FULL: [
    507_600,
    507,
    'The disk of the server is full.',
    'Free space on the disk of the directory in embeddedFiles(), or move the directory to a larger disk.',
  ],
  FILE_CHECKSUM: [
    400_601,
    400,
    'The content does not have the size or the checksum that was announced.',
    'It was changed or cut off on its way. Send it again.',
  ],
  FILE_STORE_UNAVAILABLE: [
    503_600,
    503,
    'The storage of files could not do this.',
    'Check that the storage is running, and that its directory or its credentials are right. The log of the server has the cause.',
  ],
  FILE_ADDRESS: [
    500_600,
    500,
    'The address of the storage is not known here.',
    'Pass the request as the option `request`, or set publicUrl.',
  ],
} as const

export type FileErrorName = keyof typeof ERRORS

export const fileError = (name: FileErrorName, details: ErrorDetails = {}): DjiCloudError =>
  new DjiCloudError({ name, row: ERRORS[name] }, details)

/** The error of the storage for an error of the file system, or the same error. */
export function ofDisk(error: unknown): unknown {
  const { code } = error as { readonly code?: unknown }
  if (code === 'ENOSPC' || code === 'EDQUOT') return fileError('FILE_DISK_FULL', { cause: error })
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'EIO')
    return fileError('FILE_STORE_UNAVAILABLE', { cause: error })
  return error
}
