"""The input contract: what a request must hold, checked without loading the model."""

import math

FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
LARGEST_CM = 100.0


class BadInput(ValueError):
    """The caller's mistake, in one sentence that may be shown to the caller."""


def read_flower(body):
    """Returns the four measurements in centimetres, in the order of FEATURES; raises BadInput."""
    if not isinstance(body, dict):
        raise BadInput(f"Send a JSON object with the numbers {', '.join(FEATURES)}.")
    missing = [name for name in FEATURES if name not in body]
    if missing:
        raise BadInput(f"Missing: {', '.join(missing)}; send all four measurements in centimetres.")
    return [_centimetres(name, body[name]) for name in FEATURES]


def _centimetres(name, value):
    # bool is an int in Python, and NaN passes every comparison that is written the wrong way round.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 < value <= LARGEST_CM:
        raise BadInput(f"{name} must be a number of centimetres between 0 and {LARGEST_CM:g}.")
    return float(value)
