// Where an attempt comes from, read with the real git, a real python3 and this machine.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { detectContainer } from '../../agent/provenance/container.ts'
import { chooseRemote, readGitState } from '../../agent/provenance/git-state.ts'
import { readHostFacts } from '../../agent/provenance/host-facts.ts'
import { PythonReader, findPython } from '../../agent/provenance/python-state.ts'
import { HostFacts, MAX_DIFF_BYTES } from '../../sweeps/provenance.ts'
import { createGitRepository } from '../support/git-repository.ts'
import type { GitRepository } from '../support/git-repository.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sweep-provenance-'))))
afterEach(() => rmSync(folder, { recursive: true }))
const env = () => ({ PATH: process.env['PATH'], HOME: folder })
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('the state of a git repository', () => {
  let repository: GitRepository
  let commit: string
  beforeEach(() => {
    repository = createGitRepository(join(folder, 'code'))
    repository.write('train.py', 'print(1)\n')
    repository.write('src/model.py', 'x = 1\n')
    commit = repository.commit()
  })
  const read = (below = '') => readGitState({ cwd: join(repository.folder, below), env: env() })

  it('of a clean one: commit, branch, folder, no diff; untracked files do not make it dirty', async () => {
    repository.write('notes.txt', 'x')
    const reading = await read('src')
    expect(reading?.state).toEqual({
      root: repository.folder,
      folder: 'src',
      commit,
      branch: 'main',
      remote: null,
      dirty: false,
      diff: null,
      untracked: { count: 1, names: ['notes.txt'], cut: false },
    })
    expect(reading?.diff).toBeNull()
  })

  it('of a changed one: a diff of staged and unstaged changes that git applies to the commit again', async () => {
    repository.write('train.py', 'print(2)\n')
    repository.write('new.bin', Buffer.from([0, 1, 2, 255]))
    repository.git('add', 'new.bin')
    repository.git('mv', 'src/model.py', 'src/net.py')
    const reading = await read('src')
    const text = reading?.diff?.text ?? ''
    expect(reading?.state.dirty).toBe(true)
    expect(reading?.state.diff).toEqual({
      sha256: sha256(text),
      bytes: text.length,
      cut: false,
      redacted: false,
      lossy: false,
    })

    const copy = join(folder, 'copy')
    repository.git('clone', '--quiet', repository.folder, copy)
    writeFileSync(join(folder, 'run.patch'), text)
    execFileSync('git', ['-C', copy, 'apply', join(folder, 'run.patch')])
    for (const name of ['train.py', 'src/net.py', 'new.bin'])
      execFileSync('cmp', [join(copy, name), join(repository.folder, name)])
  })

  it('takes secrets out of the diff and of the remote, and says that it did', async () => {
    repository.git('remote', 'add', 'origin', 'https://ann:CANARY1@git.example.org/vit.git?token=CANARY2')
    repository.write('train.py', 'api_key = "CANARY3"\nurl = "https://me:CANARY4@host/"\nprint(2)\n')
    const reading = await read()
    expect(reading?.state.remote).toBe('https://git.example.org/vit.git')
    expect(reading?.state.diff?.redacted).toBe(true)
    expect(reading?.diff?.text).toContain('+print(2)')
    expect(JSON.stringify(reading)).not.toContain('CANARY')
  })

  it('cuts a long diff at a line, with a mark, and never in the middle of a secret', async () => {
    const line = 'https://user:CANARY@host/ '
    repository.write('train.py', `${line.repeat(3)}\n`.repeat(10_000))
    const reading = await read()
    const text = reading?.diff?.text ?? ''
    expect(reading?.state.diff).toMatchObject({ cut: true, sha256: sha256(text) })
    expect(text.length).toBeLessThan(MAX_DIFF_BYTES + 200)
    expect(text).toMatch(/\n\[\.\.\. cut by sweep: [^\n]+\]\n$/)
    expect(text).not.toContain('CANARY')
  })

  it('says of a file in another encoding that its diff is not exact', async () => {
    repository.write('train.py', Buffer.from([0x23, 0xe9, 0x0a]))
    expect((await read())?.state.diff?.lossy).toBe(true)
  })

  it('of a repository without a commit, and of a detached head', async () => {
    const empty = createGitRepository(join(folder, 'empty'))
    empty.write('a', 'a')
    const reading = await readGitState({ cwd: empty.folder, env: env() })
    expect(reading?.state).toMatchObject({ commit: null, branch: 'main', dirty: false })

    repository.git('checkout', '--quiet', '--detach')
    expect((await read())?.state).toMatchObject({ commit, branch: null })
  })

  it('changes nothing in it: no lock, no refreshed index', async () => {
    const index = join(repository.folder, '.git', 'index')
    const past = new Date('2026-01-02T00:00:00Z')
    utimesSync(join(repository.folder, 'train.py'), past, past) // git would like to refresh its index now
    const before = execFileSync('sha256sum', [index]).toString()
    await read()
    expect(execFileSync('sha256sum', [index]).toString()).toBe(before)
  })

  it('is null outside of a repository, and without git', async () => {
    expect(await readGitState({ cwd: folder, env: env() })).toBeNull()
    expect(await readGitState({ cwd: repository.folder, env: { PATH: folder, HOME: folder } })).toBeNull()
  })

  it('has the remote of the branch before origin, and any before none', () => {
    const origin = 'remote.origin.url\ngit@a:x\0'
    expect(chooseRemote(`${origin}remote.fork.url\ngit@b:x\0`, 'fork/main')).toBe('git@b:x')
    expect(chooseRemote(`remote.fork.url\ngit@b:x\0${origin}`, null)).toBe('git@a:x')
    expect(chooseRemote('remote.fork.url\ngit@b:x\0', null)).toBe('git@b:x')
    expect(chooseRemote('', 'origin/main')).toBeNull()
  })
})

describe('the Python of a command', () => {
  const cwd = () => folder
  const find = (...argv: string[]) => findPython(argv, { cwd: folder, env: env() })

  it('is found by its name, behind env, and in the first line of a script', () => {
    const python = find('python3')
    expect(python).toMatch(/\/python3$/)
    expect(find('/usr/bin/env', 'python3', 'train.py')).toBe(python)
    expect(find('env', '-u', 'LR=1', 'python3')).toBe(python)
    expect(find('/opt/py/bin/python3.11', '-m', 'train')).toBe('/opt/py/bin/python3.11')
    writeFileSync(join(folder, 'torchrun'), '#!/usr/bin/env python3\n')
    chmodSync(join(folder, 'torchrun'), 0o755)
    expect(find('./torchrun', 'train.py')).toBe(python)
    for (const argv of [['sh', '-c', 'python3'], ['./missing'], ['node', 'x.js'], []])
      expect(find(...argv)).toBeNull()
  })

  it('tells its version and packages, and is asked again when a package came', async () => {
    // An environment of the test's own: folders of packages of the machine may be read-only.
    execFileSync('python3', ['-m', 'venv', '--without-pip', join(folder, 'venv')])
    const python = join(folder, 'venv', 'bin', 'python')
    const version = execFileSync(python, ['-c', 'import platform; print(platform.python_version())'])
    const packages = execFileSync(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])
    const addPackage = (name: string, number: string) => {
      const info = join(packages.toString().trim(), `${name}-${number}.dist-info`)
      mkdirSync(info)
      writeFileSync(join(info, 'METADATA'), `Metadata-Version: 2.1\nName: ${name}\nVersion: ${number}\n`)
    }
    addPackage('toy_model', '1.2.0+cu121')
    // A module of the working directory must not be imported instead of Python's own.
    writeFileSync(join(folder, 'json.py'), 'raise SystemExit("imported from the working directory")')

    const reader = new PythonReader()
    const first = await reader.read([python, 'train.py'], { cwd: cwd(), env: env() })
    expect(first?.state).toMatchObject({
      version: version.toString().trim(),
      implementation: 'CPython',
      packages: { count: 1, cut: false },
    })
    expect(first?.packages?.text).toBe('toy_model==1.2.0+cu121\n')
    expect(await reader.read([python, 'other.py'], { cwd: cwd(), env: env() })).toBe(first)

    addPackage('another', '0.1')
    const second = await reader.read([python, 'train.py'], { cwd: cwd(), env: env() })
    expect(second?.packages?.text).toBe('another==0.1\ntoy_model==1.2.0+cu121\n')
  })

  it('is null when it cannot be asked', async () => {
    symlinkSync('/bin/false', join(folder, 'python3'))
    const options = { cwd: cwd(), env: { ...env(), PATH: folder } }
    expect(await new PythonReader().read(['python3', 'train.py'], options)).toBeNull()
  })
})

describe('the machine', () => {
  it('is described without its GPUs where there are none', async () => {
    const facts = await readHostFacts({ name: 'gpu-1', env: { PATH: folder } })
    expect(HostFacts.parse(facts)).toEqual(facts)
    expect(facts).toMatchObject({ name: 'gpu-1', gpus: [] })
    expect(facts.cpu.cores).toBeGreaterThan(0)
    expect(facts.memoryBytes).toBeGreaterThan(100_000_000)
  })

  it.each([
    [{}, {}, null],
    [{}, { '/.dockerenv': '' }, { kind: 'docker', image: null }],
    [{ WANDB_DOCKER: 'org/vit:3' }, { '/.dockerenv': '' }, { kind: 'docker', image: 'org/vit:3' }],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, {}, { kind: 'kubernetes', image: null }],
    [{ SWEEP_CONTAINER_IMAGE: 'a', WANDB_DOCKER: 'b' }, {}, { kind: 'other', image: 'a' }],
    [{ APPTAINER_CONTAINER: '/vit.sif' }, {}, { kind: 'apptainer', image: '/vit.sif' }],
    [{}, { '/run/.containerenv': 'engine="podman"\nimage="q/v:1"\n' }, { kind: 'podman', image: 'q/v:1' }],
    [{}, { '/proc/1/cgroup': '0::/kubepods/burstable/pod1\n' }, { kind: 'kubernetes', image: null }],
    [{}, { '/proc/1/cgroup': '0::/init.scope\n' }, null],
  ])('with %j and %j is in the container %j', (variables, files, container) =>
    expect(detectContainer(variables, (path) => (files as Record<string, string>)[path] ?? null)).toEqual(
      container,
    ),
  )
})
