"""Lambda's Python runtime in one file: gets the next event from the Runtime API and passes it to the handler.

Stands where public.ecr.aws/lambda/python has its runtime client, for machines that cannot pull that image.
Called as `bootstrap.py lambda_function.lambda_handler`, as that image's entry point is called with its CMD.
"""

import http.client
import importlib
import json
import os
import sys
import time
import traceback

API = "/2018-06-01/runtime"


class RuntimeApi:
    """One kept-alive connection to AWS_LAMBDA_RUNTIME_API (host:port)."""

    def __init__(self, address):
        # No timeout: between two events the environment waits here for as long as it lives.
        self._connection = http.client.HTTPConnection(address)

    def next(self):
        return self._call("GET", "/invocation/next")

    def respond(self, request_id, body):
        self._call("POST", f"/invocation/{request_id}/response", body)

    def fail(self, request_id, error):
        self._report(f"/invocation/{request_id}/error", error)

    def fail_init(self, error):
        self._report("/init/error", error)

    def _report(self, path, error):
        body = json.dumps(error).encode()
        self._call("POST", path, body, {"Lambda-Runtime-Function-Error-Type": error["errorType"]})

    def _call(self, method, path, body=None, headers=None):
        self._connection.request(method, API + path, body, headers or {})
        response = self._connection.getresponse()
        return response.headers, response.read()


class ClientContext:
    """What the caller sent beside the event; `custom` is a dictionary."""

    def __init__(self, given):
        self.custom = given.get("custom")
        self.env = given.get("env")
        self.client = given.get("client")


def client_context(text):
    return ClientContext(json.loads(text)) if text else None


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = client_context(headers.get("Lambda-Runtime-Client-Context"))
        self.identity = None
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))


def describe(error):
    """The JSON Lambda answers with when a handler raises."""
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
    own = [frame for frame in frames if __file__ not in frame]
    return {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": own}


def log_error(error):
    print(f"[ERROR] {error['errorType']}: {error['errorMessage']}", *error["stackTrace"], sep="\n", flush=True)


def load(name):
    """The callable that `module.function` names (module may hold slashes or dots), from LAMBDA_TASK_ROOT."""
    sys.path.insert(0, os.environ.get("LAMBDA_TASK_ROOT", "/var/task"))
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module.replace("/", ".")), function)


def load_or_exit(api, name):
    try:
        return load(name)
    except (Exception, SystemExit) as error:  # a module may call sys.exit while it is imported
        failure = describe(error)
        if isinstance(error, ImportError):
            failure["errorType"] = "Runtime.ImportModuleError"
            failure["errorMessage"] = f"Unable to import module '{name.rpartition('.')[0]}': {error}"
        log_error(failure)
        api.fail_init(failure)
        sys.exit(1)


def answer(handler, event, context):
    """Returns the response's bytes, or raises whatever the handler raised."""
    result = handler(json.loads(event), context)
    try:
        return json.dumps(result).encode()
    except TypeError as error:
        raise MarshalError(f"Unable to marshal response: {error}") from error


class MarshalError(Exception):
    pass


MarshalError.__name__ = "Runtime.MarshalError"


def main():
    address = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if not address:
        sys.exit("AWS_LAMBDA_RUNTIME_API is not set: this image answers only to a Lambda Runtime API.")
    name = os.environ.get("_HANDLER") or (sys.argv[1] if len(sys.argv) > 1 else "")
    os.environ["_HANDLER"] = name
    api = RuntimeApi(address)
    handler = load_or_exit(api, name)
    while True:
        headers, event = api.next()
        if headers.get("Lambda-Runtime-Trace-Id"):
            os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"]
        context = Context(headers)
        try:
            response = answer(handler, event, context)
        except Exception as error:
            failure = describe(error)
            log_error(failure)
            api.fail(context.aws_request_id, failure)
        else:
            sys.stdout.flush()
            api.respond(context.aws_request_id, response)


if __name__ == "__main__":
    main()
