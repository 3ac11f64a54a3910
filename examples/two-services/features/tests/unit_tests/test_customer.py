import json
import unittest

from lambda_function import lambda_handler
from model_code.customer import FEATURES, BadInput, features_of

CUSTOMER = {"months_as_customer": 10, "orders": 20, "returned_orders": 5, "months_since_order": 1}


class Features(unittest.TestCase):
    def test_are_computed_of_a_customer(self):
        expected = {"orders_per_month": 2.0, "months_since_order": 1.0, "returned_share": 0.25}
        self.assertEqual(features_of(CUSTOMER), expected)
        self.assertEqual(tuple(expected), FEATURES)

    def test_of_a_customer_without_orders_need_no_division_by_zero(self):
        self.assertEqual(features_of({**CUSTOMER, "orders": 0, "returned_orders": 0})["returned_share"], 0.0)

    def test_are_refused_with_a_sentence(self):
        for change in ({"orders": -1}, {"orders": "20"}, {"returned_orders": 21}, {"months_as_customer": 0}):
            with self.subTest(change), self.assertRaises(BadInput):
                features_of({**CUSTOMER, **change})

    def test_come_back_from_an_api_event_too(self):
        event = {"requestContext": {}, "body": json.dumps(CUSTOMER)}
        self.assertEqual(json.loads(lambda_handler(event, None)["body"]), lambda_handler(CUSTOMER, None))
        self.assertEqual(lambda_handler({"requestContext": {}, "body": "{"}, None)["statusCode"], 400)


if __name__ == "__main__":
    unittest.main()
