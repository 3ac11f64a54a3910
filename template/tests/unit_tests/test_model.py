"""The model by itself."""

import unittest

from model_code.model import BadInput, load_model, predict


class Predict(unittest.TestCase):
    def test_numbers_are_added(self):
        self.assertEqual(predict(load_model(), {"numbers": [1, 2.5]}), {"sum": 3.5})

    def test_anything_else_is_refused(self):
        for request in (None, [], {}, {"numbers": "1"}, {"numbers": [True]}):
            with self.subTest(request=request), self.assertRaises(BadInput):
                predict(load_model(), request)


if __name__ == "__main__":
    unittest.main()
