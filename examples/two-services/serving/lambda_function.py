"""The serving API: features in, a probability and a decision out. Answers API Gateway's events (v1 and v2) and plain JSON."""

import json
import os

from model_code.churn import BadInput, churn_probability

THRESHOLD = float(os.environ.get("THRESHOLD", "0.5"))


def lambda_handler(event, context):
    is_api = isinstance(event, dict) and "requestContext" in event
    try:
        request = json.loads(event.get("body") or "") if is_api else event
        status, answer = 200, decide(churn_probability(request.get("features")))
    except json.JSONDecodeError:
        status, answer = 400, {"error": "The request's body is not JSON."}
    except (BadInput, AttributeError) as mistake:
        status, answer = 400, {"error": str(mistake) if isinstance(mistake, BadInput) else "Send an object with features."}
    if not is_api:
        return answer
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(answer)}


def decide(probability):
    return {"probability": round(probability, 4), "leaves": probability >= THRESHOLD}
