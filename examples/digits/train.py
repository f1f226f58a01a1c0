#!/usr/bin/env python3
"""Trains a small neural network to read hand-written digits, with Python's standard library only.

It stands for your own training script: it takes its hyperparameters as arguments, and prints one line of JSON after
every epoch. It knows nothing of sweep except, if you want them, two environment variables (see `main`), and runs as
well without it:

    python3 examples/digits/train.py --lr 0.3 --hidden 16

What it is not: a fast trainer, or a hard problem. Plain Python learns these 1,400 small digits in one to three seconds
on one core, and good hyperparameters read about 98 % of the validation digits; a bad learning rate reads 10 %.
"""

import argparse
import csv
import gzip
import json
import math
import os
import random
import sys
from operator import mul

CLASSES = 10
VALIDATION_COUNT = 397  # of 1,797; the other 1,400 train


def parse_arguments(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lr", type=float, default=0.3, help="learning rate")
    parser.add_argument("--hidden", type=int, default=16, help="units of the hidden layer")
    parser.add_argument("--epochs", type=int, default=8, help="passes over the training digits")
    parser.add_argument("--batch-size", "--batch_size", type=int, default=32, help="digits per step")
    parser.add_argument("--momentum", type=float, default=0.8, help="share of the last step that is kept, 0 to 1")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights and the order of the digits")
    arguments = parser.parse_args(argv)
    for name in ("hidden", "epochs", "batch_size"):
        if getattr(arguments, name) < 1:
            parser.error("--%s must be at least 1" % name.replace("_", "-"))
    return arguments


def load_digits():
    """(pixels, label) per digit: 64 pixels scaled to -1..1. Training digits, validation digits."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "digits.csv.gz")
    digits = []
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.reader(file):
            values = [int(value) for value in row]
            pixels = [value / 8.0 - 1.0 for value in values[:64]]
            digits.append((pixels, values[64]))
    # Always the same split, whatever --seed is: runs are compared on the same validation digits.
    random.Random(1797).shuffle(digits)
    return digits[VALIDATION_COUNT:], digits[:VALIDATION_COUNT]


def dot(a, b):
    return sum(map(mul, a, b))


class Network:
    """inputs -> tanh -> softmax. `weights[layer][unit]` is that unit's row, its bias last."""

    def __init__(self, inputs, hidden, seed):
        rng = random.Random(seed)

        def layer(fan_in, units):
            scale = 1.0 / math.sqrt(fan_in)
            return [[rng.gauss(0.0, scale) for _ in range(fan_in)] + [0.0] for _ in range(units)]

        self.weights = [layer(inputs, hidden), layer(hidden, CLASSES)]
        self.velocities = [[[0.0] * len(row) for row in rows] for rows in self.weights]

    def forward(self, pixels):
        """Hidden values (with a 1 for the bias) and the probability of each class."""
        first, second = self.weights
        inputs = pixels + [1.0]
        hidden = [math.tanh(dot(row, inputs)) for row in first] + [1.0]
        scores = [dot(row, hidden) for row in second]
        top = max(scores)
        exponentials = [math.exp(score - top) for score in scores]
        total = sum(exponentials)
        return hidden, [value / total for value in exponentials]

    def step(self, batch, lr, momentum):
        """One step of gradient descent with momentum; returns the summed loss of the batch before it."""
        second = self.weights[1]
        # Column u holds unit u's error for each digit of the batch; likewise the activations. Every gradient is then
        # one dot product along the batch, which is the fastest thing that plain Python does.
        errors_out, errors_hidden, hiddens, inputs = [], [], [], []
        loss = 0.0
        for pixels, label in batch:
            hidden, probabilities = self.forward(pixels)
            loss += cross_entropy(probabilities, label)
            probabilities[label] -= 1.0
            errors_out.append(probabilities)
            hiddens.append(hidden)
            inputs.append(pixels + [1.0])
        columns_of_second = list(zip(*second))
        for error, hidden in zip(errors_out, hiddens):
            errors_hidden.append(
                [dot(column, error) * (1.0 - value * value) for column, value in zip(columns_of_second, hidden[:-1])]
            )
        scale = lr / len(batch)
        for layer, (errors, activations) in enumerate(((errors_hidden, inputs), (errors_out, hiddens))):
            error_columns = list(zip(*errors))
            activation_columns = list(zip(*activations))
            for unit, error_column in enumerate(error_columns):
                velocity = [
                    momentum * old - scale * dot(error_column, column)
                    for old, column in zip(self.velocities[layer][unit], activation_columns)
                ]
                self.velocities[layer][unit] = velocity
                self.weights[layer][unit] = [w + v for w, v in zip(self.weights[layer][unit], velocity)]
        return loss

    def evaluate(self, digits):
        """Mean loss, and the share of digits that are read right."""
        loss, right = 0.0, 0
        for pixels, label in digits:
            _, probabilities = self.forward(pixels)
            loss += cross_entropy(probabilities, label)
            right += probabilities.index(max(probabilities)) == label
        return loss / len(digits), right / len(digits)


def cross_entropy(probabilities, label):
    return -math.log(max(probabilities[label], 1e-12))


def stop_is_wanted():
    """The agent makes this file when the run should end early: a polite script ends after the epoch."""
    control = os.environ.get("SWEEP_CONTROL_FILE")
    return bool(control) and os.path.exists(control)


def save_checkpoint(path, arguments, network, epoch):
    state = {"arguments": vars(arguments), "epoch": epoch, "weights": network.weights, "velocities": network.velocities}
    with open(path + ".new", "w") as file:
        json.dump(state, file)
    os.replace(path + ".new", path)  # a kill leaves the old file or the new one, never half of one


def load_checkpoint(path, arguments, network):
    """The last finished epoch, or 0. A checkpoint of other hyperparameters is not ours and is passed over."""
    if not os.path.exists(path):
        return 0
    with open(path) as file:
        state = json.load(file)
    same = {key: value for key, value in state["arguments"].items() if key != "epochs"}
    if same != {key: value for key, value in vars(arguments).items() if key != "epochs"}:
        return 0
    network.weights, network.velocities = state["weights"], state["velocities"]
    return state["epoch"]


def main():
    arguments = parse_arguments()
    training, validation = load_digits()
    network = Network(len(training[0][0]), arguments.hidden, arguments.seed)
    folder = os.environ.get("SWEEP_CHECKPOINT_DIR")
    checkpoint = os.path.join(folder, "digits.json") if folder else None
    done = load_checkpoint(checkpoint, arguments, network) if checkpoint else 0

    for epoch in range(done + 1, arguments.epochs + 1):
        # The order depends on the epoch alone, so that a resumed training goes on exactly as it would have.
        order = training[:]
        random.Random(arguments.seed * 1000003 + epoch).shuffle(order)
        loss = 0.0
        for start in range(0, len(order), arguments.batch_size):
            loss += network.step(order[start : start + arguments.batch_size], arguments.lr, arguments.momentum)
        val_loss, accuracy = network.evaluate(validation)
        # `step` makes a resumed run's epochs follow on from the ones that it has reported before.
        report = {"step": epoch, "epoch": epoch, "loss": loss / len(order), "val_loss": val_loss, "accuracy": accuracy}
        print(json.dumps(report), flush=True)
        if checkpoint:
            save_checkpoint(checkpoint, arguments, network, epoch)  # after the report: a kill between loses no value
        if stop_is_wanted():
            print("asked to stop after epoch %d" % epoch, file=sys.stderr)
            return


if __name__ == "__main__":
    main()
