"""The command line's arguments are the config: defaults here, values of a sweep over them."""

import argparse

import wandb

parser = argparse.ArgumentParser()
parser.add_argument("--batch-size", type=int, default=32)
parser.add_argument("--learning-rate", type=float, default=0.01)
parser.add_argument("--optimizer", choices=["sgd", "adam"], default="sgd")
arguments = parser.parse_args()

with wandb.init(project="examples", name="argparse", config=arguments) as run:
    for step in range(5):
        run.log({"loss": run.config.learning_rate * run.config.batch_size / (step + 1)})
