"""Somebody should look: an alert when the accuracy is below a threshold."""

import wandb

THRESHOLD = 0.6

with wandb.init(project="examples", name="alert") as run:
    for step, accuracy in enumerate([0.8, 0.7, 0.5]):
        run.log({"accuracy": accuracy})
        if accuracy < THRESHOLD:
            run.alert(title="Low accuracy", text=f"{accuracy} at step {step} is below {THRESHOLD}",
                      level=wandb.AlertLevel.WARN, wait_duration=0)
