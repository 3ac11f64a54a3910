# PyTorch without CUDA: Lambda has no GPU, and the wheels for the processor are a fraction of the size.
ARG BASE_IMAGE=public.ecr.aws/lambda/python:3.12
FROM ${BASE_IMAGE}

WORKDIR ${LAMBDA_TASK_ROOT}
# Packages first: a change of the code leaves this layer in the cache.
RUN python3 -m pip install --no-cache-dir torch==2.6.0 --index-url https://download.pytorch.org/whl/cpu
COPY requirements.txt ./
RUN python3 -m pip install --no-cache-dir -r requirements.txt
COPY model_code ./model_code
# The weights are part of the image: a release is one digest, and a rollback brings them back, too.
COPY artifacts/model.pt ./artifacts/model.pt
COPY tests ./tests
COPY lambda_function.py ./
CMD ["lambda_function.lambda_handler"]
