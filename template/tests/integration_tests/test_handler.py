"""The handler with whole events, as API Gateway sends them."""

import json
import unittest

from lambda_function import lambda_handler


def http_event(body):
    return {"version": "2.0", "requestContext": {"http": {"method": "POST"}}, "body": body, "isBase64Encoded": False}


class Handler(unittest.TestCase):
    def test_an_http_request_is_answered(self):
        answer = lambda_handler(http_event('{"numbers": [1, 2]}'), None)
        self.assertEqual((answer["statusCode"], json.loads(answer["body"])), (200, {"sum": 3}))

    def test_a_body_that_is_no_json_is_the_callers_mistake(self):
        answer = lambda_handler(http_event("numbers"), None)
        self.assertEqual(answer["statusCode"], 400)

    def test_plain_json_is_answered_as_such(self):
        self.assertEqual(lambda_handler({"numbers": []}, None), {"sum": 0})


if __name__ == "__main__":
    unittest.main()
