# syntax=docker/dockerfile:1
# One image for every process: the command says which (api, worker, beat, sandbox, migrate, doctor).
# The base is named by its tag; pin it by digest where images are built (python:3.11-slim@sha256:...).

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.prod.lock /tmp/requirements.prod.lock
RUN /opt/venv/bin/pip install --require-hashes --no-deps --only-binary :all: -r /tmp/requirements.prod.lock \
    && /opt/venv/bin/pip uninstall --yes pip
WORKDIR /srv/tinko
COPY pyproject.toml LICENSE ./
COPY alembic ./alembic
COPY app ./app
RUN /opt/venv/bin/python -m compileall -q /opt/venv app

# The console is files: Node builds them, and stays behind.
FROM node:20-slim AS console
ENV NPM_CONFIG_UPDATE_NOTIFIER=false
WORKDIR /srv/console
COPY tinko-console/package.json tinko-console/package-lock.json tinko-console/.npmrc ./
RUN npm ci --no-audit --no-fund --include=dev
COPY tinko-console ./
RUN npm run build

FROM python:3.11-slim AS run
LABEL org.opencontainers.image.title="tinko" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TINKO_ENV=production \
    TINKO_HOST=0.0.0.0 \
    TINKO_PORT=8000 \
    TINKO_HOME=/tmp/tinko
RUN groupadd --gid 10001 tinko \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tinko
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/tinko /srv/tinko
COPY --from=console /srv/console/dist /srv/tinko/tinko-console/dist
WORKDIR /srv/tinko
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["api"]
