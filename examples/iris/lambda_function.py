"""The Lambda handler: events of a REST API (v1), of an HTTP API (v2), and plain JSON, each answered in its own form."""

import base64
import json

from model_code.flower import BadInput, read_flower
from model_code.predict import load_model, predict

# Loaded once per environment, while Lambda initialises it: no request pays for it.
MODEL = load_model()


def lambda_handler(event, context):
    if not is_proxy_event(event):
        status, answer = classify(lambda: event)
        return answer
    status, answer = classify(lambda: read_body(event))
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(answer),
        "isBase64Encoded": False,
    }


def is_proxy_event(event):
    """REST APIs send httpMethod; HTTP APIs with payload format 2.0 send version and requestContext.http."""
    return isinstance(event, dict) and "requestContext" in event and ("httpMethod" in event or "version" in event)


def read_body(event):
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode()
        return json.loads(body)
    except ValueError:  # covers bad base64, bad UTF-8 and bad JSON
        raise BadInput("The request's body is not JSON.") from None


def classify(read):
    """Returns (HTTP status, answer). Only the caller's mistakes become a 400: ours fail the invocation and are counted."""
    try:
        return 200, predict(MODEL, read_flower(read()))
    except BadInput as mistake:
        return 400, {"error": str(mistake)}
