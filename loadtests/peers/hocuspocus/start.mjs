// @hocuspocus/server with its defaults: no hooks, nothing stored. Prints the port it listens on.
import { Server } from '@hocuspocus/server'

const server = new Server({ address: '127.0.0.1', port: 0, quiet: true })
await server.listen()
console.log(`listening on ${server.address.port}`)
