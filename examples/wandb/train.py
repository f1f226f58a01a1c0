"""What the sweeps of this folder train: a ball that rolls into a valley, with friction."""

import time

import wandb

DEFAULTS = {"learning_rate": 0.05, "momentum": 0.5, "epochs": 12}


def train():
    with wandb.init(config=DEFAULTS) as run:
        position, speed = 4.0, 0.0
        for epoch in range(run.config.epochs):
            speed = run.config.momentum * speed - run.config.learning_rate * 2 * position
            position += speed
            run.log({"epoch": epoch, "val_loss": position**2})
            time.sleep(0.1)


if __name__ == "__main__":
    train()
