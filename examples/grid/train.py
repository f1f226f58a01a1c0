#!/usr/bin/env python3
"""Gradient descent on a narrow valley, x^2 + 10 y^2: a training that ends at once, to look at a whole grid.

It reports by appending to SWEEP_METRICS_FILE; without that variable it prints the same lines.
"""

import argparse
import json
import os
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lr", type=float, default=0.5, help="learning rate, in units of the steeper curvature")
    parser.add_argument("--momentum", type=float, default=0.0, help="share of the last step that is kept")
    parser.add_argument("--steps", type=int, default=20)
    arguments = parser.parse_args()

    path = os.environ.get("SWEEP_METRICS_FILE")
    out = open(path, "a") if path else sys.stdout
    position, velocity = [3.0, 1.0], [0.0, 0.0]
    for step in range(1, arguments.steps + 1):
        gradient = [2.0 * position[0], 20.0 * position[1]]
        velocity = [arguments.momentum * v - arguments.lr / 20.0 * g for v, g in zip(velocity, gradient)]
        position = [p + v for p, v in zip(position, velocity)]
        loss = position[0] ** 2 + 10.0 * position[1] ** 2
        out.write(json.dumps({"step": step, "loss": loss}) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
