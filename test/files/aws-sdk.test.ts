import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { describe, expect, test } from 'vitest'
import { VARIANTS } from '../support/hosts.ts'
import { bytesOf, clientOf, filesStage, PREFIX } from './stage.ts'

const MIB = 1024 * 1024

describe('the client of AWS', () => {
  test.each([
    ['as it is', {}],
    ['with checksums only where they are needed', { requestChecksumCalculation: 'WHEN_REQUIRED' }],
  ])('puts, heads, lists and gets a file, %s', async (_name, more) => {
    const stage = await filesStage()
    const given = await stage.upload()
    const client = clientOf(given, more)
    const Key = `${given.object_key_prefix}/DJI 0001 (测试)+&.JPG`
    const Bucket = given.bucket
    const Body = bytesOf(100_000)
    await client.send(
      new PutObjectCommand({ Bucket, Key, Body, ContentType: 'image/jpeg', Metadata: { 'taken-by': 'ada' } }),
    )
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }))
    expect(head).toMatchObject({
      ContentLength: 100_000,
      ContentType: 'image/jpeg',
      Metadata: { 'taken-by': 'ada' },
    })
    const part = await client.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=10-19' }))
    expect(part.$metadata.httpStatusCode).toBe(206)
    expect(Buffer.from((await part.Body?.transformToByteArray()) ?? []).equals(Body.subarray(10, 20))).toBe(
      true,
    )
    const list = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: `${given.object_key_prefix}/` }),
    )
    expect(list.Contents?.map((one) => [one.Key, one.Size])).toEqual([[Key, 100_000]])
    expect((await client.send(new HeadBucketCommand({ Bucket }))).$metadata.httpStatusCode).toBe(200)
    await client.send(new GetBucketLocationCommand({ Bucket }))
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 })
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(Body)).toBe(true)
    const own = stage.files.keyOf(Key, stage) ?? ''
    expect(await stage.files.head(own)).toMatchObject({ key: own, size: 100_000, type: 'image/jpeg' })
    const mine = await stage.files.presignGet(own, {
      seconds: 60,
      filename: '测试.jpg',
      request: stage.request,
    })
    const answer = await fetch(mine)
    expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''%E6%B5%8B%E8%AF%95.jpg")
    expect(Buffer.from(await answer.arrayBuffer()).equals(Body)).toBe(true)
  })

  test('sends a stream in pieces', async () => {
    const stage = await filesStage()
    const given = await stage.upload()
    const client = clientOf(given)
    const Body = bytesOf(3 * MIB)
    const Key = `${given.object_key_prefix}/a.mp4`
    const stream = Readable.from([Body.subarray(0, 70_001), Body.subarray(70_001)])
    await client.send(
      new PutObjectCommand({ Bucket: given.bucket, Key, Body: stream, ContentLength: Body.length }),
    )
    const { stream: back } = await stage.files.get(`${PREFIX}/a.mp4`)
    expect(Buffer.concat(await back.toArray()).equals(Body)).toBe(true)
  })

  test('uploads in parts, and gives an upload up', async () => {
    const stage = await filesStage()
    const given = await stage.upload()
    const client = clientOf(given)
    const Bucket = given.bucket
    const Key = `${given.object_key_prefix}/big.mp4`
    const parts = [bytesOf(5 * MIB, 1), bytesOf(5 * MIB, 2), bytesOf(17, 3)]
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'video/mp4' }),
    )
    const Parts = []
    for (const [index, Body] of parts.entries()) {
      const PartNumber = index + 1
      const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))
      Parts.push({ PartNumber, ETag })
    }
    expect(
      (await client.send(new ListPartsCommand({ Bucket, Key, UploadId }))).Parts?.map((one) => one.Size),
    ).toEqual([5 * MIB, 5 * MIB, 17])
    expect(await stage.files.head(`${PREFIX}/big.mp4`)).toBeNull()
    await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    )
    const { file, stream } = await stage.files.get(`${PREFIX}/big.mp4`)
    expect(file).toMatchObject({ size: 10 * MIB + 17, type: 'video/mp4' })
    expect(file.etag).toMatch(/^[0-9a-f]{32}-3$/)
    expect(Buffer.concat(await stream.toArray()).equals(Buffer.concat(parts))).toBe(true)
    expect(await stage.files.usedBy(PREFIX.split('/')[0] ?? '')).toBe(10 * MIB + 17 + 4096)
    const second = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId: second.UploadId, PartNumber: 1, Body: 'x' }),
    )
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: second.UploadId }))
    expect(await stage.files.usedBy(PREFIX.split('/')[0] ?? '')).toBe(10 * MIB + 17 + 4096)
  })
})

describe.each(VARIANTS)('$framework, mount "$mount", body parser $parser', (variant) => {
  test('takes an upload, and gives it back', async () => {
    const stage = await filesStage({}, variant)
    const given = await stage.upload()
    const client = clientOf(given)
    const Key = `${given.object_key_prefix}/a.bin`
    await client.send(
      new PutObjectCommand({
        Bucket: given.bucket,
        Key,
        Body: bytesOf(70_000),
        ContentType: 'application/octet-stream',
      }),
    )
    const back = await client.send(new GetObjectCommand({ Bucket: given.bucket, Key }))
    expect(Buffer.from((await back.Body?.transformToByteArray()) ?? []).equals(bytesOf(70_000))).toBe(true)
  })
})
