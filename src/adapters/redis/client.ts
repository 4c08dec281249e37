/** What the stores use of an ioredis client (`Redis` or `Cluster`). */
export interface RedisClient {
  readonly status: string
  connect(): Promise<unknown>
  call(command: string, ...args: (string | number)[]): Promise<unknown>
  once(event: string, listener: () => void): unknown
}
