"""The model. Replace it: load_model and predict are all that the handler knows of it."""


class BadInput(ValueError):
    """The request does not say what the model needs; the message is shown to the caller."""


def load_model():
    return {"offset": 0}


def predict(model, request):
    """Takes {"numbers": [number, …]} and returns {"sum": number}."""
    numbers = request.get("numbers") if isinstance(request, dict) else None
    if not isinstance(numbers, list) or not all(is_number(one) for one in numbers):
        raise BadInput("numbers must be a list of numbers.")
    return {"sum": model["offset"] + sum(numbers)}


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
