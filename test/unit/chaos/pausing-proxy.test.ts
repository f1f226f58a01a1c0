// The proxy of the partition faults: it holds bytes back, and neither loses nor repeats one.
import { createServer, connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startPausingProxy } from '../../support/pausing-proxy.ts'
import type { PausingProxy } from '../../support/pausing-proxy.ts'
import { waitFor } from '../../support/wait.ts'

let server: Server
let proxy: PausingProxy
let client: Socket
let answer = ''
let atServer = ''

/** Answers each chunk with the same in brackets. */
beforeEach(async () => {
  answer = ''
  atServer = ''
  server = createServer((socket) =>
    socket
      .on('data', (bytes: Buffer) => {
        atServer += bytes.toString()
        socket.write(`[${bytes.toString()}]`)
      })
      .on('error', () => {}),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy = await startPausingProxy(() => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }))
  client = connect(proxy.port, '127.0.0.1').on('data', (bytes: Buffer) => void (answer += bytes.toString()))
  client.on('error', () => {})
  client.write('a')
  await waitFor('the first answer', () => answer === '[a]')
})
afterEach(async () => {
  client.destroy()
  await proxy.close()
  await new Promise((resolve) => server.close(resolve))
})

it.each(['silent', 'silent up', 'silent down'] as const)('%s: what was held arrives once', async (mode) => {
  proxy.cut(mode)
  client.write('b')
  if (mode === 'silent down') await waitFor('the server has it', () => atServer === 'ab')
  expect(answer).toBe('[a]')
  proxy.heal()
  await waitFor('the second answer', () => answer === '[a][b]')
  client.write('c')
  await waitFor('the third answer', () => answer.endsWith('[c]'))
  expect({ answer, atServer }).toEqual({ answer: '[a][b][c]', atServer: 'abc' })
})

it('refusing: ends connections and takes none, until it is healed', async () => {
  proxy.cut('refusing')
  await waitFor('the connection ends', () => client.destroyed)
  const refused = connect(proxy.port, '127.0.0.1').on('error', () => {})
  await waitFor('it is refused', () => refused.destroyed)
  proxy.heal()
  client = connect(proxy.port, '127.0.0.1').on('data', (bytes: Buffer) => void (answer += bytes.toString()))
  client.write('d')
  await waitFor('an answer', () => answer === '[a][d]')
})
