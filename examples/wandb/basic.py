"""A run with a config, a few metrics and a summary."""

import math

import wandb

run = wandb.init(project="examples", name="basic", config={"learning_rate": 0.1, "epochs": 10, "arch": "mlp"},
                 tags=["first"], notes="The smallest useful script.")

for epoch in range(run.config.epochs):
    loss = math.exp(-run.config.learning_rate * epoch)
    run.log({"epoch": epoch, "loss": loss, "accuracy": 1 - loss / 2})

run.summary["status"] = "completed"
run.finish()
