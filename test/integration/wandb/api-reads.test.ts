// What wandb.Api() reads, with W&B's own client: a sweep that our agent worked, whose script knows nothing of wandb,
// and a run that the client itself made.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'
import { waitFor } from '../../support/wait.ts'

/** Five points, a text and a line on stderr; fails for one configuration. */
const TRAIN = `
const lr = Number(process.argv[2]), fails = process.argv[3] === 'yes'
for (let step = 1; step <= 5; step += 1)
  console.log(JSON.stringify({ step, loss: lr / step, 'acc.max': step / 5, note: 'half way' }))
console.error('a warning')
process.exit(fails ? 1 : 0)
`

const SWEEP = (script: string) => `
name: reading
project: digits
method: grid
metric: {name: loss, goal: minimize}
parameters:
  lr: {values: [0.1, 1.0, 10.0]}
  fails: {value: "no"}
  layers: {value: 3}
command: [node, ${JSON.stringify(script)}, "\${lr}", "\${fails}"]
`

const MAKE_RUN = `
import wandb
with wandb.init(project="digits", id="own1", name="made by hand", tags=["base", "night"], notes="first", group="fold-1",
                job_type="train", config={"lr": 0.5, "model": {"name": "mlp", "width": 64}, "steps": 3}) as run:
    run.define_metric("acc", summary="max")
    for step, (acc, loss) in enumerate([(0.2, 3.0), (0.9, 2.0), (0.4, float("nan"))]):
        run.log({"acc": acc, "loss": loss, "phase": "warm" if step == 0 else "main", "deep": {"a": step}})
    run.summary["verdict"] = "done"
    print("a line of output")
`

describe.skipIf(!hasWandbClient)("W&B's client reads", () => {
  let cluster: Cluster
  let place: WandbWorkplace
  let sweepId: string

  async function read(code: string): Promise<unknown> {
    const start =
      'import json, wandb\napi = wandb.Api()\ndef show(x): print("=>" + json.dumps(x, default=str))\n'
    const result = await place.python(start + code)
    const shown = /^=>(.*)$/m.exec(result.stdout)?.[1]
    if (shown === undefined) throw new Error(`${result.stdout}\n${result.stderr}`)
    return JSON.parse(shown)
  }

  beforeAll(async () => {
    cluster = await startCluster()
    place = openWandbWorkplace(cluster.server, cluster.token)
    const script = cluster.writeFile('train.mjs', TRAIN)
    sweepId = await cluster.create(cluster.writeFile('sweep.yaml', SWEEP(script)))
    cluster.startAgent({ name: 'a', sweepIds: [sweepId] })
    await waitFor('the sweep', async () => {
      const { sweep } = (await cluster.sweepJson(['show', sweepId])) as { sweep: { state: string } }
      return sweep.state === 'finished'
    })
    const made = await place.python(MAKE_RUN)
    if (made.code !== 0) throw new Error(made.stderr)
  }, 120_000)
  afterAll(async () => {
    place?.close()
    await cluster?.close()
  })

  test('projects, and who it is', async () => {
    const code = `
project = api.project("digits")
api.create_project("made", api.default_entity)
show([api.default_entity, project.id != "", project.url, [p.name for p in api.projects()], api.project("made").is_benchmark])`
    expect(await read(code)).toEqual([
      'sweep',
      true,
      `${cluster.server}/sweep/digits/workspace`,
      ['digits', 'made'],
      false,
    ])
  })

  test('runs of both kinds, in order, page by page', async () => {
    const code = `
runs = api.runs("sweep/digits", per_page=2)
show([len(runs), [r.state for r in runs], runs[3].name, runs[3].id, [r.sweep_name for r in runs]])`
    expect(await read(code)).toEqual([
      4,
      ['finished', 'finished', 'finished', 'finished'],
      'made by hand',
      'own1',
      [sweepId, sweepId, sweepId, null],
    ])
  })

  test('runs by filter and order', async () => {
    const code = `
def names(filters, order=None):
    return [r.id for r in api.runs("digits", filters=filters, **({"order": order} if order else {}))]
own = ["own1"]
lrs = lambda order: [r.config["lr"] for r in api.runs("digits", filters={"sweep": "${sweepId}"}, order=order)]
show([
  names({"config.lr": 0.5}) == own, names({"config.model.name": {"$regex": "^ml"}}) == own,
  names({"tags": {"$in": ["night"]}}) == own, names({"summary_metrics.acc.max": {"$gt": 0.8}})[-1:] == own,
  names({"summary_metrics.verdict": "done"}) == own, names({"displayName": "made by hand"}) == own,
  names({"$and": [{"group": "fold-1"}, {"jobType": "train"}]}) == own, names({"state": {"$ne": "finished"}}),
  lrs("+summary_metrics.loss"), lrs("-summary_metrics.loss"), lrs("-config.lr.value"), lrs("-created_at"),
  len(api.runs("digits", filters={"createdAt": {"$gt": "2020-01-01T00:00:00Z"}})),
])`
    expect(await read(code)).toEqual([
      ...Array.from({ length: 7 }, () => true),
      [],
      [0.1, 1, 10],
      [10, 1, 0.1],
      [10, 1, 0.1],
      expect.arrayContaining([0.1, 1, 10]),
      4,
    ])
  })

  test('a wrong filter is answered in words', async () => {
    const code = `
try:
    len(api.runs("digits", filters={"config.lr": {"$gtt": 1}}))
except Exception as error:
    show(str(error))`
    expect(await read(code)).toMatch(/there is no operator \$gtt.*Did you mean.*\$gt/)
  })

  test('a run that our agent worked', async () => {
    const code = `
run = api.runs("digits", filters={"sweep": "${sweepId}"}, order="+summary_metrics.loss")[0]
one = api.run("digits/" + run.id)
rows = list(one.scan_history())
show([one.config, {k: v for k, v in dict(one.summary).items() if not k.startswith("_")}, one.state, len(rows),
  one.history(pandas=False, keys=["loss"], samples=3), [r["loss"] for r in one.scan_history(keys=["loss"], page_size=2)],
  one.lastHistoryStep, [r["_step"] for r in one.scan_history(min_step=2, max_step=4)], one.url,
  [(l.number, l.level) for l in one.console_logs(per_page=2)][-2:], [l.content for l in one.console_logs(last=1)],
  sorted(rows[0].keys()), one.summary["_step"], one.user.username])`
    const answer = (await read(code)) as unknown[]
    expect(answer.slice(0, 8)).toEqual([
      { lr: 0.1, fails: 'no', layers: 3 },
      { loss: 0.02, 'acc.max': 1, note: 'half way' },
      'finished',
      5,
      [
        { _step: 1, loss: 0.1 },
        { _step: 3, loss: 0.1 / 3 },
        { _step: 5, loss: 0.02 },
      ],
      [0.1, 0.05, 0.1 / 3, 0.025, 0.02],
      5,
      [2, 3],
    ])
    expect(answer[8]).toMatch(/^http:\/\/127.*\/sweep\/digits\/runs\/[0-9a-z]{8}$/)
    expect(answer[9]).toContainEqual([expect.any(Number), 'error'])
    expect(answer[11]).toEqual(['_runtime', '_step', '_timestamp', 'acc.max', 'loss', 'note'])
    expect(answer.slice(12)).toEqual([5, 'sweep'])
  })

  test('a run that the client made', async () => {
    const code = `
run = api.run("digits/own1")
rows = list(run.scan_history())
show([run.config, run.summary["acc"]["max"], run.summary["verdict"], run.summary["loss"], run.tags, run.notes,
  run.group, run.job_type, run.name, [r["phase"] for r in rows], [r["deep.a"] for r in rows], rows[2]["loss"],
  [r["acc"] for r in run.history(keys=["acc"], pandas=False)], run.lastHistoryStep, run.metadata is None,
  "a line of output" in [l.content for l in run.console_logs()]])`
    const answer = (await read(code)) as unknown[]
    expect(answer.slice(0, 14)).toEqual([
      { lr: 0.5, model: { name: 'mlp', width: 64 }, steps: 3 },
      0.9,
      'done',
      'NaN',
      ['base', 'night'],
      'first',
      'fold-1',
      'train',
      'made by hand',
      ['warm', 'main', 'main'],
      [0, 1, 2],
      'NaN',
      [0.2, 0.9, 0.4],
      2,
    ])
    expect(answer[15]).toBe(true)
  })

  test('a run that is not there', async () => {
    const code = `
try:
    api.run("digits/nowhere1")
except Exception as error:
    show([type(error).__name__, str(error)])`
    expect(await read(code)).toEqual([
      expect.stringMatching(/ValueError|RunNotFoundError|CommError/),
      expect.stringContaining('nowhere1'),
    ])
  })

  test('and changes what a person may change', async () => {
    const code = `
run = api.run("digits/own1")
run.tags.append("good")
run.notes = "second"
run.name = "renamed"
run.config["added"] = {"x": 1}
run.summary["verdict"] = "better"
run.update()
again = wandb.Api().run("digits/own1")
show([again.tags, again.notes, again.name, again.config["added"], again.config["lr"], again.summary["verdict"], again.summary["acc"]["max"], again.state,
  [r.id for r in wandb.Api().runs("digits", filters={"summary_metrics.verdict": "better", "tags": "good", "config.added.x": 1})]])`
    expect(await read(code)).toEqual([
      ['base', 'night', 'good'],
      'second',
      'renamed',
      { x: 1 },
      0.5,
      'better',
      0.9,
      'finished',
      ['own1'],
    ])
  })

  test('and sees what a run that goes on has logged since', async () => {
    const code = `
import time, wandb
def count():
    return len(list(wandb.Api().run("going/on1").scan_history(use_cache=False)))
def until(wanted):
    deadline = time.monotonic() + 40
    while (found := count()) < wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return found
seen = []
with wandb.init(project="going", id="on1") as run:
    for wanted in (2, 5):
        for n in range(seen[-1] if seen else 0, wanted):
            run.log({"x": n})
        seen.append(until(wanted))
    seen.append(wandb.Api().run("going/on1").state)
api = wandb.Api()
api.run("going/on1").wait_until_finished()
show([seen, api.run("going/on1").state])`
    expect(await read(code)).toEqual([[2, 5, 'running'], 'finished'])
  }, 120_000)

  test('a sweep of ours, with its best run and its agents', async () => {
    const code = `
sweep = api.sweep("digits/${sweepId}")
best = sweep.best_run()
agents = sweep.agents()
show([sweep.state, sweep.name, sweep.expected_run_count, sweep.config["method"], len(sweep.runs), best.config["lr"],
  best.summary["loss"], sweep.best_loss, sweep.url, best.sweep.id, [len(a.runs()) for a in agents],
  [s.id for s in api.project("digits").sweeps()]])`
    expect(await read(code)).toEqual([
      expect.stringMatching(/^finished$/i),
      'reading',
      3,
      'grid',
      3,
      0.1,
      0.02,
      0.02,
      `${cluster.server}/sweep/digits/sweeps/${sweepId}`,
      sweepId,
      [3],
      [sweepId],
    ])
  })

  test('and deletes runs while it reads them', async () => {
    const code = `
import wandb
for n in range(7):
    with wandb.init(project="gone", id=f"g{n}") as run:
        run.log({"x": n})
for run in api.runs("gone", per_page=2):
    run.delete()
show(len(wandb.Api().runs("gone")))`
    expect(await read(code)).toBe(0)
  }, 90_000)

  test('a token that may only look reads everything and changes nothing', async () => {
    const made = (await cluster.sweepJson(['token', 'new', '--role', 'viewer'])) as { secret: string }
    const code = `
import wandb
run = wandb.Api().run("digits/own1")
before = run.tags
errors = []
for change in (lambda: run.update(), lambda: run.delete(), lambda: wandb.Api().create_project("x", "sweep")):
    try:
        change()
        errors.append("none")
    except Exception as error:
        errors.append("role viewer" in str(error))
print(len(wandb.Api().runs("digits")), errors)`
    const result = await place.python(code, { env: { WANDB_API_KEY: made.secret } })
    expect(result.stdout).toContain('4 [True, True, True]')
  })
})
