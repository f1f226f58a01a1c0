#!/usr/bin/env python3
"""Gradient descent on a narrow valley, x^2 + 10 y^2, with the config and the reports of the Python client.

Started by itself, it trains with its defaults and keeps the run in ./.sweep/spool.
"""

import sweep


def main():
    with sweep.init(config={"lr": 0.5, "momentum": 0.0, "steps": 20}) as run:  # the sweep's values win
        config = run.config
        position, velocity = [3.0, 1.0], [0.0, 0.0]
        for step in range(1, config.steps + 1):
            gradient = [2.0 * position[0], 20.0 * position[1]]
            velocity = [config.momentum * v - config.lr / 20.0 * g for v, g in zip(velocity, gradient)]
            position = [p + v for p, v in zip(position, velocity)]
            run.log({"loss": position[0] ** 2 + 10.0 * position[1] ** 2, "x": position[0], "y": position[1]}, step=step)
            if run.should_stop():
                break


if __name__ == "__main__":
    main()
