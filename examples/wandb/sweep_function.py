"""The sweep of sweep.yaml as a dict, worked here: one run after the other, by a function."""

import sys

import wandb
from train import train

SWEEP = {
    "name": "valley in Python",
    "method": "bayes",
    "metric": {"name": "val_loss", "goal": "minimize"},
    "early_terminate": {"type": "hyperband", "min_iter": 3, "eta": 2},
    "parameters": {
        "learning_rate": {"distribution": "log_uniform_values", "min": 0.001, "max": 1.0},
        "momentum": {"min": 0.0, "max": 0.99},
        "epochs": {"value": 4},
    },
}

if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sweep_id = wandb.sweep(SWEEP, project="examples")
    wandb.agent(sweep_id, function=train, project="examples", count=count)
    print("worked", sweep_id)
