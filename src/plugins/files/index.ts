export type {
  AddressOptions,
  FileList,
  FileStore,
  PutOptions,
  StoredFile,
  TemporaryUpload,
} from '../../plugin.ts'
export { type EmbeddedFilesOptions, embeddedFiles } from './embedded.ts'
