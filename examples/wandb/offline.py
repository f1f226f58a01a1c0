"""A run without any network. Later, where there is one: `wandb sync wandb/offline-run-*`."""

import wandb

with wandb.init(project="examples", name="offline", mode="offline", config={"site": "cluster node"}) as run:
    for step in range(20):
        run.log({"loss": 1 / (step + 1)})
print("kept in", run.dir)
