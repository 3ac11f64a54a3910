"""The handler with the trained model, as Lambda and API Gateway call it. Trains first where no model was built yet."""

import base64
import json
import unittest
from pathlib import Path

from model_code import predict, train

if not predict.MODEL.exists():
    train.main()

from lambda_function import lambda_handler  # noqa: E402  (loads the model)

SAMPLES = Path(__file__).parent.parent / "samples.jsonl"
VIRGINICA = {"sepal_length": 6.3, "sepal_width": 3.3, "petal_length": 6.0, "petal_width": 2.5}


def rest_event(body):
    return {"httpMethod": "POST", "path": "/predict", "body": body, "isBase64Encoded": False, "requestContext": {}}


def http_event(body, **more):
    context = {"http": {"method": "POST", "path": "/predict"}}
    return {"version": "2.0", "body": body, "isBase64Encoded": False, "requestContext": context, **more}


class Handler(unittest.TestCase):
    def test_every_sample_gets_its_species(self):
        samples = [json.loads(line) for line in SAMPLES.read_text().splitlines()]
        self.assertGreaterEqual(len(samples), 8)
        for sample in samples:
            with self.subTest(sample["name"]):
                answer = lambda_handler(sample["input"], None)
                answer = json.loads(answer["body"]) if "body" in answer else answer
                self.assertEqual(answer["species"], sample["expected"]["species"])

    def test_rest_and_http_api_events_get_a_proxy_response(self):
        for event in (rest_event, http_event):
            with self.subTest(event.__name__):
                response = lambda_handler(event(json.dumps(VIRGINICA)), None)
                self.assertEqual(response["statusCode"], 200)
                self.assertEqual(json.loads(response["body"])["species"], "virginica")

    def test_an_encoded_body_is_decoded(self):
        body = base64.b64encode(json.dumps(VIRGINICA).encode()).decode()
        response = lambda_handler(http_event(body, isBase64Encoded=True), None)
        self.assertEqual(json.loads(response["body"])["species"], "virginica")

    def test_bad_input_is_answered_with_400_and_a_sentence(self):
        for body in (None, "", "{", "[]", json.dumps({"sepal_length": 1})):
            with self.subTest(body=body):
                response = lambda_handler(rest_event(body), None)
                self.assertEqual(response["statusCode"], 400)
                self.assertTrue(json.loads(response["body"])["error"].endswith("."))


if __name__ == "__main__":
    unittest.main()
