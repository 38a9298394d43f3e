// A dns2 UDP server that answers every question with one A record. usage: node dns2-server.mjs <address> <port>
import dns2 from 'dns2'

const { Packet } = dns2
const [address, port] = process.argv.slice(2)
const server = dns2.createServer({
  udp: true,
  handle(request, send) {
    const response = Packet.createResponseFromRequest(request)
    const [question] = request.questions
    response.answers.push({
      name: question.name,
      type: Packet.TYPE.A,
      class: Packet.CLASS.IN,
      ttl: 30,
      address: '192.0.2.11',
    })
    send(response)
  },
})
await server.listen({ udp: { port: Number(port), address, type: 'udp4' } })
