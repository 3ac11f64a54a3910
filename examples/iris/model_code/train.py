"""Trains the iris classifier: python3 -m model_code.train

Reads data/iris.csv; writes artifacts/model.joblib and artifacts/metrics.json beside this file. Ends with exit code 1,
and so fails the image's build, when the classifier is worse on held-out flowers than REQUIRED_ACCURACY.
"""

import csv
import json
import sys
from pathlib import Path

import joblib
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

DATA = Path(__file__).parent.parent / "data" / "iris.csv"
ARTIFACTS = Path(__file__).parent / "artifacts"
REQUIRED_ACCURACY = 0.9
SEED = 20


def read_flowers(path=DATA):
    """The file's first line is: rows, columns, then the names of the classes that the last column counts."""
    with open(path, newline="") as file:
        (_, _, *species), *rows = csv.reader(file)
    flowers = [[float(value) for value in row[:-1]] for row in rows]
    return flowers, [species[int(row[-1])] for row in rows]


def train(flowers, species):
    """Returns (fitted classifier, metrics on the held-out fifth)."""
    split = train_test_split(flowers, species, test_size=0.2, stratify=species, random_state=SEED)
    train_flowers, test_flowers, train_species, test_species = split
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(train_flowers, train_species)
    accuracy = accuracy_score(test_species, model.predict(test_flowers))
    return model, {"accuracy": round(accuracy, 4), "train_rows": len(train_flowers), "test_rows": len(test_flowers)}


def main(artifacts=ARTIFACTS):
    model, metrics = train(*read_flowers())
    print(json.dumps(metrics))
    if metrics["accuracy"] < REQUIRED_ACCURACY:
        sys.exit(f"accuracy {metrics['accuracy']} is below {REQUIRED_ACCURACY}: no model written")
    artifacts.mkdir(exist_ok=True)
    joblib.dump(model, artifacts / "model.joblib")
    (artifacts / "metrics.json").write_text(json.dumps(metrics) + "\n")


if __name__ == "__main__":
    main()
