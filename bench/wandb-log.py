"""Times W&B's client: wandb-log.py CALLS ID. Prints seconds as JSON; run by wandb.ts."""

import json
import sys
import time

import wandb

calls, run_id = int(sys.argv[1]), sys.argv[2]
clock = time.perf_counter
times = [clock()]
began = time.time()
run = wandb.init(project="bench", id=run_id, config={"lr": 0.1})
times.append(clock())
run.log({"loss": 1.0})
for i in range(1, calls):
    run.log({"loss": 1 / i, "accuracy": 1 - 1 / i, "epoch": i // 100, "lr": 0.1})
times.append(clock())
run.finish()
times.append(clock())
init, log, finish = (after - before for before, after in zip(times, times[1:]))
print(json.dumps({"began": began, "init": init, "log": log, "finish": finish}))
