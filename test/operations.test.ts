// The files of docs/operations: manifests and units against schemas of what they use, scripts in the pages against
// bash, and the names that they share with the code.
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { COMMANDS } from '../cli/command-list.ts'

const FOLDER = join(import.meta.dirname, '..', 'docs', 'operations')
const read = (...path: string[]) => readFileSync(join(FOLDER, ...path), 'utf8')

// Strict: a misspelt field fails, as `kubectl apply --validate=strict` would have it.
const Labels = z.record(z.string(), z.string())
const Metadata = z.strictObject({ name: z.string().regex(/^[a-z0-9-]+$/), labels: Labels.optional() })
const Quantity = z.union([z.string().regex(/^\d+(?:m|Mi|Gi|Ti)?$/), z.number().int()])
const Quantities = z.record(z.string(), Quantity)
const HttpProbe = z.strictObject({
  httpGet: z.strictObject({ path: z.string().startsWith('/'), port: z.string() }),
  periodSeconds: z.number().int(),
  failureThreshold: z.number().int().optional(),
})
const EnvVar = z.union([
  z.strictObject({ name: z.string(), value: z.string() }),
  z.strictObject({
    name: z.string(),
    valueFrom: z.strictObject({ secretKeyRef: z.strictObject({ name: z.string(), key: z.string() }) }),
  }),
])
const Container = z.strictObject({
  name: z.string(),
  image: z.string(),
  workingDir: z.string().optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()),
  env: z.array(EnvVar).optional(),
  envFrom: z.array(z.strictObject({ secretRef: z.strictObject({ name: z.string() }) })).optional(),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.number().int() })).optional(),
  livenessProbe: HttpProbe.optional(),
  readinessProbe: HttpProbe.optional(),
  resources: z.strictObject({ requests: Quantities, limits: Quantities }),
  securityContext: z
    .strictObject({ allowPrivilegeEscalation: z.boolean(), readOnlyRootFilesystem: z.boolean() })
    .optional(),
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string().startsWith('/') })),
})
const Volume = z.union([
  z.strictObject({
    name: z.string(),
    emptyDir: z.strictObject({ medium: z.literal('Memory').optional(), sizeLimit: Quantity.optional() }),
  }),
  z.strictObject({ name: z.string(), persistentVolumeClaim: z.strictObject({ claimName: z.string() }) }),
])
const Deployment = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata: Metadata,
  spec: z.strictObject({
    replicas: z.number().int(),
    selector: z.strictObject({ matchLabels: Labels }),
    template: z.strictObject({
      metadata: z.strictObject({ labels: Labels }),
      spec: z.strictObject({
        terminationGracePeriodSeconds: z.number().int(),
        securityContext: z
          .strictObject({ runAsNonRoot: z.boolean(), runAsUser: z.number(), fsGroup: z.number() })
          .optional(),
        containers: z.array(Container).length(1),
        volumes: z.array(Volume),
      }),
    }),
  }),
})
const Service = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata: Metadata,
  spec: z.strictObject({
    selector: Labels,
    ports: z.array(z.strictObject({ name: z.string(), port: z.number(), targetPort: z.string() })),
  }),
})
const Claim = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('PersistentVolumeClaim'),
  metadata: Metadata,
  spec: z.strictObject({
    accessModes: z.array(z.enum(['ReadWriteMany', 'ReadWriteOnce'])),
    resources: z.strictObject({ requests: Quantities }),
  }),
})
const Manifest = z.discriminatedUnion('kind', [Deployment, Service, Claim])

const manifestsOf = (file: string) =>
  parseAllDocuments(read('kubernetes', file)).map((document) => Manifest.parse(document.toJS()))
const commandNames = COMMANDS.map(({ name }) => name)

describe('Kubernetes manifests', () => {
  it.each(readdirSync(join(FOLDER, 'kubernetes')))('%s has sound objects', (file) => {
    const manifests = manifestsOf(file)
    expect(manifests.length).toBeGreaterThan(0)
    for (const manifest of manifests) {
      if (manifest.kind !== 'Deployment') continue
      const { selector, template } = manifest.spec
      expect(template.metadata.labels).toMatchObject(selector.matchLabels)
      const [container] = template.spec.containers
      const volumes = template.spec.volumes.map(({ name }) => name)
      expect(container?.volumeMounts.map(({ name }) => name).sort()).toEqual(volumes.sort())
      expect(container?.args[0]).toBe('sweep')
      expect(commandNames).toContain(container?.args[1])
      for (const probe of [container?.livenessProbe, container?.readinessProbe])
        if (probe !== undefined)
          expect(container?.ports?.map(({ name }) => name)).toContain(probe.httpGet.port)
    }
  })

  it('the service finds the controllers, and agents find the service', () => {
    const [controller, service] = manifestsOf('controller.yaml')
    const [agent] = manifestsOf('agent.yaml')
    if (controller?.kind !== 'Deployment' || service?.kind !== 'Service' || agent?.kind !== 'Deployment')
      throw new Error('other objects than expected')
    expect(controller.spec.template.metadata.labels).toMatchObject(service.spec.selector)
    const environment = agent.spec.template.spec.containers[0]?.env
    const address = `http://${service.metadata.name}:${service.spec.ports[0]?.port}`
    expect(environment).toContainEqual({ name: 'SWEEP_SERVER', value: address })
  })
})

describe('systemd units', () => {
  const KNOWN: Readonly<Record<string, readonly string[]>> = {
    Unit: ['Description', 'After', 'Wants'],
    Service: [
      ...['User', 'WorkingDirectory', 'Environment', 'EnvironmentFile', 'ExecStart', 'KillMode'],
      ...['TimeoutStopSec', 'SuccessExitStatus', 'Restart', 'RestartForceExitStatus', 'RestartSec'],
      ...['RestartPreventExitStatus', 'Delegate', 'NoNewPrivileges', 'ProtectSystem', 'ReadWritePaths'],
      ...['ProtectHome', 'PrivateTmp'],
    ],
    Install: ['WantedBy'],
  }

  it.each(readdirSync(join(FOLDER, 'systemd')))('%s has known keys in known sections', (file) => {
    let section = ''
    for (const line of read('systemd', file).split('\n')) {
      if (line === '' || line.startsWith('#')) continue
      const header = /^\[(\w+)\]$/.exec(line)?.[1]
      if (header !== undefined) section = header
      else expect(KNOWN[section]).toContain(/^(\w+)=/.exec(line)?.[1])
      const started = /^ExecStart=\/usr\/bin\/sweep (\S+)/.exec(line)?.[1]
      if (started !== undefined) expect(commandNames).toContain(started)
    }
    expect(section).toBe('Install')
  })

  it('an agent that gave up or was told to leave is not started again, one that handed back is', () => {
    const unit = read('systemd', 'sweep-agent@.service')
    expect(unit).toContain('RestartPreventExitStatus=20 21\n')
    expect(unit).toContain('RestartForceExitStatus=75\n')
  })
})

describe('the pages', () => {
  const pages = readdirSync(FOLDER).filter((name) => name.endsWith('.md'))

  it.each(pages)('%s: bash reads its examples, and its links lead somewhere', (page) => {
    const text = read(page)
    for (const [, script] of text.matchAll(/^```sh\n([\s\S]*?)^```/gm))
      expect(() => execFileSync('bash', ['-n'], { input: script })).not.toThrow()
    for (const [, link] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      expect(() => read(link ?? '')).not.toThrow()
  })
})
