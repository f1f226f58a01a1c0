"""A config with groups, changed after init, and metrics with groups."""

import wandb

config = {
    "model": {"layers": 4, "width": 128, "activation": "gelu"},
    "optimizer": {"name": "adamw", "learning_rate": 3e-4, "betas": [0.9, 0.999]},
}

with wandb.init(project="examples", name="nested", config=config) as run:
    run.config.update({"parameters": run.config["model"]["layers"] * run.config["model"]["width"] ** 2})
    for step in range(5):
        train_loss = 2.0 / (step + 1)
        run.log({"train": {"loss": train_loss}, "val": {"loss": train_loss * 1.1, "accuracy": step / 5}})
