// Loads one server at a time, when the parent asks. Each round has a fixed time and a fixed number of connections.
import autocannon from 'autocannon'

const CONNECTIONS = 16

process.on('message', async ({ url, headers, seconds }) => {
  const instance = autocannon({
    url,
    headers,
    connections: CONNECTIONS,
    duration: seconds,
    sampleInt: 100,
    timeout: 10,
  })
  // Counted here, because autocannon's own figures end at its next tick, not at the last answer.
  let answers = 0
  let first = 0
  let last = 0
  instance.on('response', () => {
    last = performance.now()
    if (answers === 0) first = last
    answers += 1
  })
  const result = await instance
  process.send({
    answers,
    perSecond: (answers - 1) / ((last - first) / 1000),
    faults: result.errors + result.timeouts + result.non2xx,
  })
})
process.send({ ready: true })
