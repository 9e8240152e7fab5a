"""The pages: one blueprint each; views call services and queries, and only raise errors."""

from flask import Flask

from curator.web import (
    annotate,
    auth,
    dashboard,
    duplicates,
    exports,
    gallery,
    inbox,
    people,
    photos,
)


def register_pages(app: Flask) -> None:
    for page in (dashboard, inbox, gallery, annotate, duplicates, people, exports, photos, auth):
        app.register_blueprint(page.blueprint)
