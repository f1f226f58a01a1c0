import { describe, expect, it } from 'vitest'
import { createRouteTable } from '../../../../controller/access/route-access.ts'

const find = createRouteTable([
  { method: 'get', path: '/', access: 'open' },
  { method: 'get', path: '/api/sweeps/{ref}', access: 'read' },
  { method: 'get', path: '/api/sweeps/mine', access: 'anyone' },
  { method: 'post', path: '/api/sweeps/{ref}/pause', access: 'admin' },
  { method: 'get', path: '/assets/*', access: 'open' },
])

describe('the table of routes', () => {
  it.each([
    ['GET', '/', '/'],
    ['HEAD', '/', '/'],
    ['GET', '/api/sweeps/k3v9', '/api/sweeps/{ref}'],
    ['GET', '/api/sweeps/k3v9/', '/api/sweeps/{ref}'],
    ['GET', '/api/sweeps/a%2Fb', '/api/sweeps/{ref}'],
    ['GET', '/api/sweeps/mine', '/api/sweeps/mine'],
    ['POST', '/api/sweeps/mine/pause', '/api/sweeps/{ref}/pause'],
    ['GET', '/assets/a/b.js', '/assets/*'],
  ])('%s %s is %s', (method, path, expected) => {
    expect(find(method, path)?.path).toBe(expected)
  })

  it.each([
    ['POST', '/'],
    ['OPTIONS', '/api/sweeps/k3v9'],
    ['GET', '/API/sweeps/k3v9'],
    ['GET', '/api//sweeps/k3v9'],
    ['GET', '/api/sweeps/'],
    ['GET', '/api/sweeps/k3v9/pause'],
    ['POST', '/api/sweeps//pause'],
    ['GET', '/assets'],
    ['GET', '/assets/'],
  ])('does not have %s %s', (method, path) => {
    expect(find(method, path)).toBeNull()
  })
})
