// Loaded before a snippet: whatever port it names, it gets a free one on loopback. Once its HTTP server listens, the
// path in SNIPPET_GET is asked for; the answer, and whether it stops where it says that it does, decide how it ends.
import http from 'node:http'
import net from 'node:net'

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  const callback = args.findLast((argument) => typeof argument === 'function')
  if (this instanceof http.Server) this.once('listening', () => setImmediate(ask, this))
  return listen.call(this, { port: 0, host: '127.0.0.1' }, callback)
}

async function ask(server) {
  const path = process.env.SNIPPET_GET
  if (path === undefined) return
  const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`)
  console.log(`${path} answered ${response.status}`)
  await response.text()
  // One that stops on SIGTERM has to do so by itself; the others show nothing more.
  if (response.status !== 200) process.exit(1)
  else if (process.listenerCount('SIGTERM') > 0) process.emit('SIGTERM')
  else process.exit(0)
}
