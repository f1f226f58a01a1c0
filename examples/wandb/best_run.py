"""The best run of a sweep, and all of its runs as rows: `python best_run.py ENTITY/PROJECT/ID [FILE.csv]`."""

import csv
import sys

import wandb

api = wandb.Api()
sweep = api.sweep(sys.argv[1])
best = sweep.best_run()
print("best", best.id, best.config.get("learning_rate"), best.summary.get("val_loss"))

rows = []
for run in api.runs("/".join(sweep.path[:2]), filters={"sweep": sweep.id}, order="+summary_metrics.val_loss"):
    rows.append({"id": run.id, "name": run.name, "state": run.state, "loss": run.summary.get("val_loss"),
                 **{key: value for key, value in run.config.items() if not key.startswith("_")}})
print("runs", len(rows), "history of the best", len(list(best.scan_history(keys=["val_loss"]))))

if len(sys.argv) > 2 and rows:
    with open(sys.argv[2], "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
