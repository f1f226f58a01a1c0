"""The epoch as the x axis of the validation metrics, and their best values in the summary."""

import wandb

with wandb.init(project="examples", name="define-metric") as run:
    run.define_metric("epoch")
    run.define_metric("val/*", step_metric="epoch")
    run.define_metric("val/loss", step_metric="epoch", summary="min")
    run.define_metric("val/accuracy", step_metric="epoch", summary="max")

    losses = [0.9, 0.5, 0.3, 0.4, 0.6]  # it begins to overfit
    for epoch, loss in enumerate(losses):
        for batch in range(3):
            run.log({"train/loss": loss * (1 + 0.1 * batch)})
        run.log({"epoch": epoch, "val/loss": loss, "val/accuracy": 1 - loss})
