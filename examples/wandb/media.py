"""An HTML page, a table and a plot made of it; an image where pillow is installed."""

import os
import tempfile

import wandb

PREDICTIONS = [("cat", "cat", 0.97), ("dog", "cat", 0.55), ("dog", "dog", 0.88), ("cat", "cat", 0.91)]

with wandb.init(project="examples", name="media") as run:
    table = wandb.Table(columns=["truth", "predicted", "confidence"], data=[list(row) for row in PREDICTIONS])
    run.log({"predictions": table})

    curve = wandb.Table(columns=["epoch", "loss"], data=[[epoch, 1 / (epoch + 1)] for epoch in range(10)])
    run.log({"loss curve": wandb.plot.line(curve, "epoch", "loss", title="Loss")})

    run.log({"report": wandb.Html("<h1>Four predictions</h1><p>Three of them are right.</p>")})

    try:
        from PIL import Image
    except ImportError:
        print("no image is logged: pillow is not installed")
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "gradient.png")
            Image.linear_gradient("L").save(path)
            run.log({"gradient": wandb.Image(path, caption="from black to white")})

    run.log({"accuracy": sum(truth == predicted for truth, predicted, _ in PREDICTIONS) / len(PREDICTIONS)})
