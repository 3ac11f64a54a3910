"""The contract between the two services of this repository: what features computes is what serving was trained on."""

import importlib.util
import unittest
from pathlib import Path

from model_code.churn import COEFFICIENTS, churn_probability

CUSTOMER = Path(__file__).parents[3] / "features" / "model_code" / "customer.py"


def features_service():
    spec = importlib.util.spec_from_file_location("customer", CUSTOMER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Contract(unittest.TestCase):
    def test_the_names_are_the_same(self):
        self.assertEqual(set(features_service().FEATURES), set(COEFFICIENTS))

    def test_features_of_a_customer_are_answered(self):
        customer = {"months_as_customer": 10, "orders": 20, "returned_orders": 5, "months_since_order": 1}
        self.assertLess(churn_probability(features_service().features_of(customer)), 0.5)


if __name__ == "__main__":
    unittest.main()
