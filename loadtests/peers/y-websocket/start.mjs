// @y/websocket-server behind ws 8, as its README tells to embed it: no compression, nothing persisted, any document.
// Prints the port it listens on.
import http from 'node:http'
import { WebSocketServer } from 'ws'
import { setupWSConnection } from '@y/websocket-server/utils'

const server = http.createServer((_request, response) => response.end())
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', setupWSConnection)
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log(`listening on ${server.address().port}`))
