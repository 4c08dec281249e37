import { DjiCloudError } from '../../../core/errors.ts'

const MIN_LENGTH = 24

/** @throws DjiCloudError OPTIONS: whoever guesses it can ask who may connect */
export function hookSecret(secret: string, adapter: string): string {
  if (typeof secret === 'string' && secret.length >= MIN_LENGTH) return secret
  throw new DjiCloudError('OPTIONS', {
    message: `${adapter}: hookSecret needs at least ${MIN_LENGTH} characters (openssl rand -hex 24).`,
  })
}
