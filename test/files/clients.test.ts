import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'minio'
import { describe, expect, test } from 'vitest'
import type { TemporaryUpload } from '../../src/plugins/files/index.ts'
import { bytesOf, type FilesStage, filesStage, PREFIX } from './stage.ts'

const run = promisify(execFile)
const MIB = 1024 * 1024
const BIG = bytesOf(12 * MIB + 17)

const has = (command: string, ...args: readonly string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
/** CI has them all: `scripts/test-all.sh` installs them. */
const runs = (found: boolean): boolean => found || process.env.CI !== undefined

interface Stage extends FilesStage {
  readonly given: TemporaryUpload
  readonly small: string
  readonly big: string
  readonly folder: string
}

async function stageWithFiles(): Promise<Stage> {
  const stage = await filesStage()
  const folder = join(stage.directory, 'client')
  mkdirSync(folder)
  const [small, big] = [join(folder, 'small.jpg'), join(folder, 'big.mp4')]
  writeFileSync(small, 'hello')
  writeFileSync(big, BIG)
  return { ...stage, given: await stage.upload(), small, big, folder }
}

async function expectStored({ files }: Stage): Promise<void> {
  for (const [name, bytes] of [
    ['small.jpg', Buffer.from('hello')],
    ['big.mp4', BIG],
  ] as const) {
    const { stream } = await files.get(`${PREFIX}/${name}`)
    expect(Buffer.concat(await stream.toArray()).equals(bytes), name).toBe(true)
  }
}

describe('clients that nobody here wrote', () => {
  test('minio for JavaScript', async () => {
    const stage = await stageWithFiles()
    const { endpoint, bucket, region, credentials } = stage.given
    const { hostname, port } = new URL(endpoint)
    const client = (secretKey: string): Client =>
      new Client({
        ...{
          endPoint: hostname,
          port: Number(port),
          useSSL: false,
          region,
          pathStyle: true,
          partSize: 5 * MIB,
        },
        ...{ accessKey: credentials.access_key_id, secretKey, sessionToken: credentials.security_token },
      })
    const good = client(credentials.access_key_secret)
    await good.fPutObject(bucket, `${PREFIX}/small.jpg`, stage.small)
    await good.fPutObject(bucket, `${PREFIX}/big.mp4`, stage.big)
    await expectStored(stage)
    expect((await good.statObject(bucket, `${PREFIX}/big.mp4`)).size).toBe(BIG.length)
    const part = await (await good.getPartialObject(bucket, `${PREFIX}/small.jpg`, 1, 3)).toArray()
    expect(Buffer.concat(part).toString()).toBe('ell')
    const url = await good.presignedGetObject(bucket, `${PREFIX}/small.jpg`, 60)
    expect(await (await fetch(url)).text()).toBe('hello')
    await expect(good.fPutObject(bucket, 'other/a', stage.small)).rejects.toMatchObject({
      code: 'AccessDenied',
    })
    await expect(client('wrong').fPutObject(bucket, `${PREFIX}/a`, stage.small)).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
  })

  test.runIf(runs(has('s3cmd', '--version')))('s3cmd of Debian', async () => {
    const stage = await stageWithFiles()
    const { endpoint, bucket, region, credentials } = stage.given
    const { host } = new URL(endpoint)
    const config = join(stage.folder, 's3cfg')
    writeFileSync(
      config,
      `[default]\naccess_key = ${credentials.access_key_id}\nsecret_key = ${credentials.access_key_secret}\naccess_token = ${credentials.security_token}\nhost_base = ${host}\nhost_bucket = ${host}\nbucket_location = ${region}\nuse_https = False\nmultipart_chunk_size_mb = 5\nmax_retries = 1\n`,
    )
    const s3cmd = (...args: readonly string[]) => run('s3cmd', ['-c', config, '--no-progress', ...args])
    const at = `s3://${bucket}/${PREFIX}`
    await s3cmd('put', stage.small, `${at}/small.jpg`)
    await s3cmd('put', stage.big, `${at}/big.mp4`)
    await expectStored(stage)
    expect((await s3cmd('ls', `${at}/`)).stdout).toMatch(/ 5 .*small\.jpg/)
    await s3cmd('get', `${at}/small.jpg`, join(stage.folder, 'back'))
    await expect(s3cmd('put', stage.small, `s3://${bucket}/other/a`)).rejects.toThrow(/AccessDenied/)
    await expect(s3cmd('--secret_key=wrong', 'put', stage.small, `${at}/a`)).rejects.toThrow(
      /SignatureDoesNotMatch/,
    )
  })

  test.runIf(runs(has('python3', '-c', 'import boto3')))('boto3 of Debian', async () => {
    const stage = await stageWithFiles()
    const program = `
import boto3, json, sys, urllib.request
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
given, small, big = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
c = given['credentials']
def client(secret):
    return boto3.client('s3', endpoint_url=given['endpoint'], region_name=given['region'], aws_access_key_id=c['access_key_id'],
        aws_secret_access_key=secret, aws_session_token=c['security_token'],
        config=Config(signature_version='s3v4', s3={'addressing_style': 'path'}, retries={'max_attempts': 0}))
def code(of):
    try:
        of()
        return 'ok'
    except Exception as error:
        return error.response['Error']['Code']
s3, bucket, prefix = client(c['access_key_secret']), given['bucket'], given['object_key_prefix']
s3.put_object(Bucket=bucket, Key=prefix + '/small.jpg', Body=open(small, 'rb'))
s3.upload_file(big, bucket, prefix + '/big.mp4', Config=TransferConfig(multipart_threshold=5*1024*1024, multipart_chunksize=5*1024*1024))
url = s3.generate_presigned_url('get_object', Params={'Bucket': bucket, 'Key': prefix + '/small.jpg'}, ExpiresIn=60)
print(json.dumps([
    s3.get_object(Bucket=bucket, Key=prefix + '/small.jpg', Range='bytes=1-3')['Body'].read().decode(),
    urllib.request.urlopen(url).read().decode(),
    code(lambda: s3.put_object(Bucket=bucket, Key='other/a', Body=b'x')),
    code(lambda: client('wrong').put_object(Bucket=bucket, Key=prefix + '/a', Body=b'x')),
    sorted(one['Key'].split('/')[-1] for one in s3.list_objects_v2(Bucket=bucket, Prefix=prefix + '/')['Contents']),
]))`
    const { stdout } = await run('python3', [
      '-c',
      program,
      JSON.stringify(stage.given),
      stage.small,
      stage.big,
    ])
    expect(JSON.parse(stdout)).toEqual([
      'ell',
      'hello',
      'AccessDenied',
      'SignatureDoesNotMatch',
      ['big.mp4', 'small.jpg'],
    ])
    await expectStored(stage)
  })

  test.runIf(runs(has('rclone', 'version')))('rclone of Debian', async () => {
    const stage = await stageWithFiles()
    const { endpoint, bucket, region, credentials } = stage.given
    const env = {
      ...process.env,
      // This old rclone cannot have both this and an address without TLS.
      AWS_CA_BUNDLE: undefined,
      ...{
        RCLONE_CONFIG: join(stage.folder, 'none'),
        RCLONE_CONFIG_T_TYPE: 's3',
        RCLONE_CONFIG_T_PROVIDER: 'Other',
      },
      ...{
        RCLONE_CONFIG_T_ENDPOINT: endpoint,
        RCLONE_CONFIG_T_REGION: region,
        RCLONE_CONFIG_T_NO_CHECK_BUCKET: 'true',
      },
      ...{
        RCLONE_CONFIG_T_ACCESS_KEY_ID: credentials.access_key_id,
        RCLONE_CONFIG_T_SESSION_TOKEN: credentials.security_token,
      },
      ...{
        RCLONE_S3_UPLOAD_CUTOFF: '5Mi',
        RCLONE_S3_CHUNK_SIZE: '5Mi',
        RCLONE_RETRIES: '1',
        RCLONE_LOW_LEVEL_RETRIES: '1',
      },
    }
    const rclone = (args: readonly string[], secret = credentials.access_key_secret) =>
      run('rclone', [...args], { env: { ...env, RCLONE_CONFIG_T_SECRET_ACCESS_KEY: secret } })
    const at = `t:${bucket}/${PREFIX}`
    await rclone(['copyto', stage.small, `${at}/small.jpg`])
    await rclone(['copyto', stage.big, `${at}/big.mp4`])
    await expectStored(stage)
    expect((await rclone(['ls', at])).stdout).toMatch(/ 5 small\.jpg/)
    expect((await rclone(['cat', '--offset', '1', '--count', '3', `${at}/small.jpg`])).stdout).toBe('ell')
    await expect(rclone(['copyto', stage.small, `t:${bucket}/other/a`])).rejects.toThrow(
      /AccessDenied|Forbidden/,
    )
    await expect(rclone(['copyto', stage.small, `${at}/a`], 'wrong')).rejects.toThrow(
      /SignatureDoesNotMatch|Forbidden/,
    )
  })
})
