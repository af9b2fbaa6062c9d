"""Prints the OpenAPI document; needs no server, since nothing connects before its first use."""

import json

from app.bootstrap import build_container
from app.infra.settings import Settings
from app.main import create_app

settings = Settings(DATABASE_URL="postgresql://unused", REDIS_URL="redis://unused")
print(json.dumps(create_app(build_container(settings)).openapi(), indent=2, sort_keys=True))
