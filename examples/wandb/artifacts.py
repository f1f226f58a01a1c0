"""A model is logged twice, its second version is promoted by an alias, and another run uses it."""

import json
import os
import tempfile

import wandb

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "weights.json")
    for version in range(2):
        with wandb.init(project="examples", name="train-model", job_type="train") as run:
            with open(path, "w") as file:
                json.dump({"weights": [0.1 * version, 0.2, 0.3]}, file)
            model = wandb.Artifact("valley-model", type="model", metadata={"accuracy": 0.8 + 0.1 * version})
            model.add_file(path)
            run.log_artifact(model).wait()
            print("logged", model.name, model.version)

    api = wandb.Api()
    candidate = api.artifact("examples/valley-model:latest")
    candidate.aliases.append("production")
    candidate.save()
    print("promoted", candidate.version, sorted(candidate.aliases))

    with wandb.init(project="examples", name="use-model", job_type="evaluate") as run:
        model = run.use_artifact("valley-model:production")
        with open(os.path.join(model.download(os.path.join(folder, "download")), "weights.json")) as file:
            weights = json.load(file)["weights"]
        run.log({"sum of weights": sum(weights), "accuracy": model.metadata["accuracy"]})
        print("used", model.version, weights)
