"""A function that does what its event asks for: {"do": ..., ...}. For the tests of the runtime beside this folder."""

import os
import sys
import time
import uuid

# Stays the same for as long as the environment lives.
ENVIRONMENT = uuid.uuid4().hex

if os.environ.get("FAIL_INIT"):
    raise ValueError("the model file is missing")


def lambda_handler(event, context):
    action = event["do"]
    if action == "identify":
        return {"environment": ENVIRONMENT, "requestId": context.aws_request_id, "arn": context.invoked_function_arn}
    if action == "variables":
        return {name: os.environ.get(name) for name in event["names"]}
    if action == "sleep":
        time.sleep(event["seconds"])
        return {"environment": ENVIRONMENT, "remaining": context.get_remaining_time_in_millis()}
    if action == "allocate":
        return len(b"x" * event["megabytes"] * 1024 * 1024)
    if action == "write":
        with open(event["path"], "w") as file:
            return file.write("text")
    if action == "print":
        print(event["text"])
        return None
    if action == "exit":
        sys.stdout.flush()
        os._exit(event["code"])
    raise KeyError(f"no such action: {action}")


def describe_process(event, context):
    return {"folder": os.getcwd(), "optimize": sys.flags.optimize}
