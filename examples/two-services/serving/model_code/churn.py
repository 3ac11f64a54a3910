"""The churn model: a logistic regression of three features. Its coefficients are the artifact that this image carries."""

import math

COEFFICIENTS = {"orders_per_month": -1.2, "months_since_order": 0.45, "returned_share": 2.0}
INTERCEPT = -0.8


class BadInput(ValueError):
    """Features that the model was not trained on; the text says which."""


def churn_probability(features):
    """Returns the probability, from 0 to 1, that the customer leaves."""
    if not isinstance(features, dict) or set(features) != set(COEFFICIENTS):
        raise BadInput(f"The features must be {', '.join(COEFFICIENTS)}.")
    for name, value in features.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise BadInput(f"{name} must be a number.")
    score = INTERCEPT + sum(weight * features[name] for name, weight in COEFFICIENTS.items())
    return 1 / (1 + math.exp(-max(min(score, 700), -700)))
