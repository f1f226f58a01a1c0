import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { renderDifferences } from '../../../cli/commands/diff.ts'
import { renderRun, renderSweep } from '../../../cli/commands/show.ts'
import { commitLines, provenanceFacts, sizeOf, systemFact } from '../../../cli/provenance-text.ts'
import { describeReproduction } from '../../../cli/reproduction.ts'
import { compareRuns } from '../../../cli/run-differences.ts'
import type { AttemptJson, ReadProvenanceResponse, RunJson } from '../../../sweeps/run-schema.ts'
import type { ProvenanceFacts } from '../../../sweeps/provenance.ts'
import { gitState, provenanceFacts as someFacts } from '../../support/records.ts'
import { runJson, sweepJson } from './cli-world.ts'

const attempt = (facts: ProvenanceFacts | null): AttemptJson => ({
  attempt: 1,
  agentId: 'a7fq2mxx',
  host: 'gpu-1',
  pid: 1,
  startedAt: '2026-11-20T14:02:11.000Z',
  endedAt: null,
  outcome: null,
  exitCode: null,
  signal: null,
  reason: null,
  slot: 0,
  stderrTail: null,
  provenance: facts,
})
const runWith = (facts: ProvenanceFacts | null, changes: Partial<RunJson> = {}) =>
  runJson({ attempts: [attempt(facts)], ...changes })
const told = (facts: ProvenanceFacts, texts: Partial<ReadProvenanceResponse> = {}) => ({
  runId: 'q8x2m4kd',
  attempt: 1,
  diff: null,
  packages: null,
  ...texts,
  provenance: facts,
})
const diffRef = { sha256: 'ab'.repeat(32), bytes: 3100, cut: false, redacted: false, lossy: false }

describe('what show says of a run', () => {
  it('is its command, code, Python and machine, each in a line', () => {
    const facts = someFacts({
      argv: ['python', 'train.py', '--note=a b'],
      git: gitState({ dirty: true, diff: diffRef, untracked: { count: 2, names: ['a', 'b'], cut: false } }),
      devices: '0',
    })
    expect(Object.fromEntries(provenanceFacts(runWith(facts)))).toEqual({
      command: "python train.py '--note=a b'",
      folder: '/home/ann/vit',
      git: '4be1c0a+changes on main · diff of 3.1 kB · 2 untracked files · https://github.com/ann/vit.git',
      python: 'CPython 3.11.7 · 2 packages · /usr/bin/python3',
      machine: 'ann@gpu-1 · Debian GNU/Linux 12, Linux 6.1.0 · 64 cores of EPYC · 270 GB',
      gpus: 'NVIDIA H100 · driver 550.54 · this run saw 0',
    })
  })

  it('leaves out what is not known, and is nothing for a run that did not tell', () => {
    const facts = someFacts({ git: null, python: null, host: null })
    expect(provenanceFacts(runWith(facts)).map(([name]) => name)).toEqual(['command', 'folder', 'git'])
    expect(provenanceFacts(runWith(null))).toEqual([])
    expect(renderRun(runJson(), null).join('\n')).not.toContain('command')
  })

  it('has the newest sample of its machine in one line', () => {
    const values = {
      'system.cpu': 93.4,
      'system.memory_percent': 41,
      'system.disk.usagePercent': null,
      'system.proc.memory.rssMB': 3100,
      'system.gpu.0.gpu': 97,
      'system.gpu.0.temp': 61,
      'system.gpu.0.powerWatts': 412.3,
      'system.gpu.10.gpu': null,
    }
    const [name, text] = systemFact({ attempt: 1, time: '2026-11-20T14:02:11.000Z', values })
    expect(name).toBe('system')
    expect(text).toMatch(
      /^cpu 93% · memory 41% · run 3\.1 GB · gpu0 97% 61°C 412 W · gpu10 {2}\(\d\d:\d\d:\d\d\)$/,
    )
  })

  it.each([
    [412, '412 B'],
    [3_100_000_000, '3.1 GB'],
    [256 * 1024, '260 kB'],
  ])('%d bytes are %s', (bytes, text) => expect(sizeOf(bytes)).toBe(text))
})

describe('what show says of a sweep', () => {
  const commit = (name: string, runs: number, diffHash?: string) => ({
    commit: name.padEnd(40, '0'),
    dirty: diffHash !== undefined,
    diffHash: diffHash ?? null,
    runs,
  })

  it('is its commit when there is one, and a warning when there are several', () => {
    expect(commitLines([commit('4be1c0a', 42)])).toEqual({
      facts: [['code', '4be1c0a (42 runs)']],
      warnings: [],
    })
    const lines = renderSweep({
      sweep: sweepJson({ commits: [commit('4be1c0a', 38), commit('9f3e2d1', 4, 'f00')] }),
    })
    expect(lines.at(-1)).toBe('! runs were made from 2 commits: 4be1c0a (38 runs), 9f3e2d1+changes (4 runs)')
  })

  it('tells changes of one commit apart, and counts on where there are many', () => {
    const { warnings } = commitLines([commit('a', 3, 'aaaaaaaa'), commit('a', 2, 'bbbbbbbb')])
    expect(warnings).toEqual([
      '! runs were made from 2 states of the code: a000000+changes-aaaaaaa (3 runs), a000000+changes-bbbbbbb (2 runs)',
    ])
    const many = commitLines(Array.from({ length: 9 }, (_, index) => commit(String(index), 1)))
    expect(many.warnings[0]).toMatch(/from 9 commits: .*, 4000000 \(1 run\), 4 more$/)
    expect(commitLines([{ commit: null, dirty: false, diffHash: null, runs: 3 }])).toEqual({
      facts: [],
      warnings: [],
    })
    expect(commitLines([])).toEqual({ facts: [], warnings: [] })
  })
})

describe('the differences of runs', () => {
  const first = {
    run: runWith(null, { configText: '{"lr":1,"opt":{"wd":0.1},"bs":64}', summary: {} }),
    told: told(someFacts(), { packages: ['torch==2.1', 'numpy==1.26'] }),
  }
  const second = {
    run: runWith(null, {
      id: 'r5t0wbbb',
      configText: '{"lr":1.0,"opt":{"wd":0.1}}',
      summary: { loss: { last: 'NaN', min: 0.1, max: 1, best: 0.1, steps: 3 } },
    }),
    told: told(
      someFacts({
        git: gitState({ commit: '9f3e2d1'.padEnd(40, '0'), dirty: true, diff: diffRef }),
        environment: { TZ: 'UTC' },
      }),
      { packages: ['torch==2.2', 'numpy==1.26', 'einops==0.7'] },
    ),
  }

  it('leave out what is equal, and keep 1 and 1.0 apart', () => {
    const differences = compareRuns([first, second])
    expect(Object.fromEntries(differences.config)).toEqual({ lr: ['1', '1.0'], bs: ['64', null] })
    expect([...differences.code.keys()]).toEqual(['commit', 'changes'])
    expect(Object.fromEntries(differences.packages)).toEqual({ torch: ['2.1', '2.2'], einops: [null, '0.7'] })
    expect(differences.machine.size + differences.python.size).toBe(0)
    expect(Object.fromEntries(differences.environment)).toEqual({ TZ: [null, 'UTC'] })
    expect(Object.fromEntries(differences.metrics)).toEqual({
      'loss last': [null, 'NaN'],
      'loss best': [null, 0.1],
    })
  })

  it('are shown in a column for each run, with what shows the code between them', () => {
    const lines = renderDifferences([first, second], compareRuns([first, second]), null)
    expect(lines[0]).toMatch(/^ {2}config {2}q8x2m4kd {2}r5t0wbbb$/)
    expect(lines).toContain('  lr      1         1.0')
    expect(lines.at(-1)).toBe('The code between them:  git diff 4be1c0a00000 9f3e2d100000')
  })

  it('of equal runs are none; a run that did not tell is named', () => {
    const silent = { run: first.run, told: { ...first.told, provenance: null, packages: null } }
    expect(renderDifferences([first, first], compareRuns([first, first]), 80)).toEqual([
      'No difference in config, code, packages, machine and results.',
    ])
    expect(renderDifferences([silent, silent], compareRuns([silent, silent]), 80)).toContain(
      '! q8x2m4kd did not tell where it comes from.',
    )
  })
})

describe('the script that reproduces a run', () => {
  const reproduce = (facts: ProvenanceFacts, texts: Partial<ReadProvenanceResponse> = {}) =>
    describeReproduction(runWith(facts), told(facts, texts))

  it('has clone, commit, config, seed and command, and asks nothing when all is known', () => {
    const { script, unknown, environment } = reproduce(
      someFacts({
        git: gitState({ folder: 'sub dir' }),
        environment: { OMP_NUM_THREADS: '3', CUDA_VISIBLE_DEVICES: '1' },
      }),
    )
    expect(unknown).toEqual([])
    for (const line of [
      'git clone --quiet -- https://github.com/ann/vit.git code',
      `git -C code checkout --quiet --detach ${'4be1c0a'.padEnd(40, '0')}`,
      '{"lr":0.00073,"bs":64,"wd":1.0}',
      'export SWEEP_SEED=7',
      'export OMP_NUM_THREADS=3',
      "cd 'code/sub dir'",
      '/usr/bin/env python train.py --lr=0.1',
    ])
      expect(script.split('\n')).toContain(line)
    expect(script).not.toContain('export CUDA_VISIBLE_DEVICES')
    expect(environment).toMatchObject({ SWEEP_SEED: '7', SWEEP_CONFIG_FILE: '$PWD/config.json' })
    expect(environment).not.toHaveProperty('CUDA_VISIBLE_DEVICES')
  })

  it.each([
    ['no repository', { git: null }, {}, 'Its code is not known: no git repository was found'],
    ['no commit', { git: gitState({ commit: null }) }, {}, 'had no commit yet'],
    ['no remote', { git: gitState({ remote: null }) }, {}, 'has no remote'],
    ['changes that are missing', { git: gitState({ dirty: true }) }, {}, 'could not be kept'],
    [
      'cut changes',
      { git: gitState({ dirty: true, diff: { ...diffRef, cut: true } }) },
      { diff: 'x\n' },
      'left out',
    ],
    [
      'untracked files',
      { git: gitState({ untracked: { count: 9, names: ['a.txt'], cut: true } }) },
      {},
      '(9): a.txt',
    ],
    ['a secret', { argv: ['python', '--key=***'] }, {}, 'write it where *** stands'],
    ['a path', { argv: ['python', '--data=/home/ann/vit/data'] }, {}, 'names files of the machine'],
  ])('says in a comment what will not be the same: %s', (_, facts, texts, sentence) => {
    const { script, unknown } = reproduce(someFacts(facts), texts)
    expect(unknown.join('\n')).toContain(sentence)
    for (const text of unknown) expect(script).toContain(`# ? ${text}`)
  })

  it('lets no text out of its quotes, comment or document', () => {
    const evil = '$(echo pwned >&2)\n`echo pwned >&2`; echo pwned >&2 #\'"'
    const facts = someFacts({
      argv: ['printf', '%s', evil],
      cwd: evil,
      environment: { TZ: evil },
      git: gitState({
        remote: evil,
        folder: '',
        dirty: true,
        diff: diffRef,
        untracked: { count: 1, names: [evil], cut: false },
      }),
    })
    const { script } = reproduce(facts, { diff: `END\n${evil}\nEND_\n` })
    // git and cd do nothing here: what the shell itself would make of the texts is what counts.
    const harmless = `git() { cat > /dev/null; }\ncd() { :; }\nmkdir() { :; }\ncat() { command cat > /dev/null; }\n`
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', `${harmless}${script}`.replaceAll(/> config\.\w+/g, '')],
      {
        encoding: 'utf8',
      },
    )
    expect({ stdout, stderr }).toEqual({ stdout: evil, stderr: '' })
  })
})
