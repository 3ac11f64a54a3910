"""The features API: a customer in, features out. Answers API Gateway's events (v1 and v2) and plain JSON."""

import json

from model_code.customer import BadInput, features_of


def lambda_handler(event, context):
    is_api = isinstance(event, dict) and "requestContext" in event
    try:
        status, answer = 200, {"features": features_of(json.loads(event.get("body") or "") if is_api else event)}
    except json.JSONDecodeError:
        status, answer = 400, {"error": "The request's body is not JSON."}
    except BadInput as mistake:
        status, answer = 400, {"error": str(mistake)}
    if not is_api:
        return answer
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(answer)}
