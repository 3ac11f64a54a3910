"""Answers one flower with the trained model."""

from pathlib import Path

import joblib

MODEL = Path(__file__).parent / "artifacts" / "model.joblib"


def load_model(path=MODEL):
    return joblib.load(path)


def predict(model, flower):
    """flower: four centimetres in the order of FEATURES. Returns {"species", "probability"}."""
    probabilities = model.predict_proba([flower])[0]
    best = probabilities.argmax()
    return {"species": str(model.classes_[best]), "probability": round(float(probabilities[best]), 4)}
