import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import {
  clientAddress,
  findForeignOrigin,
  type HostRules,
} from '../../../../controller/middleware/host-check.ts'

/** As much of a request as the check looks at. */
function aRequest(headers: Record<string, string>, method = 'GET', peer = '127.0.0.1'): IncomingMessage {
  return { headers, method, socket: { remoteAddress: peer } } as unknown as IncomingMessage
}

const passes = (rules: HostRules, headers: Record<string, string>, method?: string, peer?: string) =>
  findForeignOrigin(aRequest(headers, method, peer), rules) === null

describe('names', () => {
  const loopback: HostRules = { boundHost: '127.0.0.1' }
  const named: HostRules = { boundHost: '127.0.0.1', allowedHosts: ['Sweep.example'] }
  const open: HostRules = { boundHost: '0.0.0.0' }
  const openNamed: HostRules = { boundHost: '0.0.0.0', allowedHosts: ['sweep.example'] }

  it.each([
    ['a loopback address', loopback, 'localhost', true],
    ['a loopback address', loopback, 'sweep.example', false],
    ['a loopback address', loopback, '10.0.0.5', false],
    ['a loopback address with an allowed name', named, 'sweep.example:443', true],
    ['a loopback address with an allowed name', named, 'evil.sweep.example', false],
    ['a loopback address with an allowed name', named, '127.0.0.1:8765', true],
    ['another address', open, 'anything.example', true],
    ['another address with an allowed name', openNamed, 'sweep.example', true],
    ['another address with an allowed name', openNamed, 'evil.example', false],
    ['another address with an allowed name', openNamed, '10.0.0.5:8765', true],
    ['another address with an allowed name', openNamed, '[fe80::1]:8765', true],
  ])('%s, case %#: Host %3$s', (_what, rules, host, isServed) => {
    expect([host, passes(rules, { host })]).toEqual([host, isServed])
  })
})

describe('the scheme of an Origin', () => {
  const direct: HostRules = { boundHost: '127.0.0.1', allowedHosts: ['sweep.example'] }
  const proxied: HostRules = { ...direct, isBehindProxy: true }
  const fromPage = (origin: string, forwarded?: string) => ({
    host: 'sweep.example',
    origin,
    ...(forwarded === undefined ? {} : { 'x-forwarded-proto': forwarded }),
  })

  it('counts where a proxy on this machine tells it', () => {
    expect(passes(proxied, fromPage('https://sweep.example', 'https'), 'POST')).toBe(true)
    expect(passes(proxied, fromPage('http://sweep.example', 'https'), 'POST')).toBe(false)
  })

  it('is not believed of anybody else', () => {
    const page = fromPage('https://sweep.example', 'http')
    expect(passes(direct, page, 'POST')).toBe(true) // the header counts for nothing
    expect(passes(proxied, page, 'POST', '10.0.0.9')).toBe(true)
    expect(passes(proxied, page, 'POST')).toBe(false)
  })

  it('does not matter for what changes nothing', () => {
    expect(passes(proxied, fromPage('http://evil.example', 'https'))).toBe(true)
  })
})

describe('the address that asks', () => {
  const proxied: HostRules = { boundHost: '127.0.0.1', isBehindProxy: true }
  const headers = { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' }

  it('is the last one that the proxy tells, because a client can write the ones before it', () => {
    expect(clientAddress(aRequest(headers), proxied)).toBe('2.2.2.2')
    expect(clientAddress(aRequest(headers, 'GET', '::ffff:127.0.0.1'), proxied)).toBe('2.2.2.2')
  })

  it("is the connection's where no proxy was told of, or it is not the proxy's connection", () => {
    expect(clientAddress(aRequest(headers), { boundHost: '127.0.0.1' })).toBe('127.0.0.1')
    expect(clientAddress(aRequest(headers, 'GET', '9.9.9.9'), proxied)).toBe('9.9.9.9')
    expect(clientAddress(aRequest({}), proxied)).toBe('127.0.0.1')
  })
})
