"""The pages, one blueprint each; views call services and queries, and only raise errors."""

from flask import Flask

from curator.http.language import translated
from curator.web import (
    adjudicate,
    admin,
    agreement,
    annotate,
    auth,
    changes,
    consent,
    dashboard,
    decisions,
    duplicates,
    erasing,
    exports,
    freezes,
    gallery,
    inbox,
    labelstudio,
    language,
    people,
    photos,
    runs,
    second_factor,
    study,
)
from curator.web.navigation import bar
from curator.web.steps import next_step

PAGES = (
    *(dashboard, inbox, gallery, annotate, duplicates, decisions, people, exports, runs, photos),
    *(agreement, adjudicate, labelstudio, admin, study, erasing, consent, auth, second_factor),
    *(changes, freezes, language),
)


def register_pages(app: Flask) -> None:
    for page in PAGES:
        app.register_blueprint(page.blueprint)
    app.add_template_global(bar)
    app.add_template_filter(translated, "error_text")
    app.add_template_global(next_step)
