"""The input contract; runs without scikit-learn."""

import unittest

from model_code.flower import BadInput, read_flower

SETOSA = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


class ReadFlower(unittest.TestCase):
    def test_measurements_come_in_the_order_the_model_was_trained_on(self):
        self.assertEqual(read_flower(dict(reversed(SETOSA.items()))), [5.1, 3.5, 1.4, 0.2])

    def test_whole_numbers_and_further_fields_are_fine(self):
        self.assertEqual(read_flower({**SETOSA, "sepal_length": 5, "id": "a"})[0], 5.0)

    def test_missing_measurements_are_named(self):
        with self.assertRaisesRegex(BadInput, "Missing: petal_length, petal_width"):
            read_flower({"sepal_length": 5.1, "sepal_width": 3.5})

    def test_anything_but_an_object_is_refused(self):
        for body in (None, [], "5.1", 5.1):
            with self.subTest(body=body), self.assertRaisesRegex(BadInput, "JSON object"):
                read_flower(body)

    def test_a_value_that_is_no_length_is_refused_by_name(self):
        for value in ("5.1", None, True, 0, -1, 101, float("nan"), float("inf")):
            with self.subTest(value=value), self.assertRaisesRegex(BadInput, "petal_width must be a number"):
                read_flower({**SETOSA, "petal_width": value})


if __name__ == "__main__":
    unittest.main()
