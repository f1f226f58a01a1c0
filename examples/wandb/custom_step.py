"""Steps of one's own: every hundredth batch is logged, and two calls make one row."""

import wandb

with wandb.init(project="examples", name="custom-step") as run:
    for batch in range(0, 1000, 100):
        run.log({"train/loss": 1000 / (batch + 100)}, step=batch, commit=False)
        run.log({"train/rate": 0.1 - batch / 20000}, step=batch)
