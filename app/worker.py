"""The Celery door: `celery --app app.worker worker` and `celery --app app.worker beat`."""

from functools import cache

from app.bootstrap import Container, build_container
from app.infra.settings import load_settings
from app.tasks.app import build_celery


@cache
def _container() -> Container:
    return build_container(load_settings())


celery = build_celery(load_settings(), _container)
