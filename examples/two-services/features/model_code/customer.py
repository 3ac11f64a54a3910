"""From what is known of a customer to the features that the model was trained on."""


class BadInput(ValueError):
    """A customer that no features can be computed of; the text says why."""


# The names and their order are the contract with the serving API: its integration test holds both to it.
FEATURES = ("orders_per_month", "months_since_order", "returned_share")


def features_of(customer):
    """Returns a dict of FEATURES, each a float: orders a month, months, a share from 0 to 1."""
    months = number(customer, "months_as_customer", least=1)
    orders = number(customer, "orders", least=0)
    returned = number(customer, "returned_orders", least=0)
    if returned > orders:
        raise BadInput("returned_orders exceeds orders.")
    return {
        "orders_per_month": round(orders / months, 4),
        "months_since_order": number(customer, "months_since_order", least=0),
        "returned_share": round(returned / orders, 4) if orders else 0.0,
    }


def number(customer, name, least):
    value = customer.get(name) if isinstance(customer, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value < float("inf"):
        raise BadInput(f"{name} must be a number from {least}.")
    return float(value)
