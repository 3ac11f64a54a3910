"""The Lambda handler: reads an event of API Gateway (or plain JSON), calls the model, and shapes the answer."""

import base64
import json

from model_code.model import BadInput, load_model, predict

# Loaded once per execution environment, while Lambda initialises it: no request pays for it.
MODEL = load_model()


def lambda_handler(event, context):
    is_proxy = isinstance(event, dict) and "requestContext" in event
    try:
        status, answer = 200, predict(MODEL, read_body(event) if is_proxy else event)
    except BadInput as mistake:
        # Only the caller's mistakes are answered; ours fail the invocation and are counted as errors.
        status, answer = 400, {"error": str(mistake)}
    if not is_proxy:
        return answer
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(answer)}


def read_body(event):
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode()
        return json.loads(body)
    except ValueError:  # covers bad base64, bad UTF-8 and bad JSON
        raise BadInput("The request's body is not JSON.") from None
