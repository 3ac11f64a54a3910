import unittest

from lambda_function import lambda_handler
from model_code.churn import BadInput, churn_probability

LOYAL = {"orders_per_month": 2.0, "months_since_order": 1.0, "returned_share": 0.25}


class Churn(unittest.TestCase):
    def test_grows_with_every_month_without_an_order(self):
        later = [churn_probability({**LOYAL, "months_since_order": months}) for months in (0, 3, 12, 1e6)]
        self.assertEqual(later, sorted(later))
        self.assertLessEqual(later[-1], 1.0)

    def test_is_not_guessed_from_other_features(self):
        for features in (None, {}, {**LOYAL, "age": 40}, {**LOYAL, "returned_share": "0.25"}):
            with self.subTest(features), self.assertRaises(BadInput):
                churn_probability(features)

    def test_answers_a_wrong_request_with_400(self):
        for body in (None, "{", "[]", "{}"):
            with self.subTest(body):
                self.assertEqual(lambda_handler({"requestContext": {}, "body": body}, None)["statusCode"], 400)


if __name__ == "__main__":
    unittest.main()
