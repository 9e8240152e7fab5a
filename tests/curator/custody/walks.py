"""Instances as studies make them: random walks of what people do, through the real services."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import select

from curator.base.accounts import account_named, add_user, set_disabled, set_role
from curator.base.config import Config
from curator.base.csv_table import Post
from curator.base.db import Sessions, open_sessions, reading
from curator.base.errors import CuratorError, NotFound
from curator.base.instance import init_instance
from curator.base.keys import chain_key
from curator.base.models.events import Event
from curator.base.models.labelstudio import LabelStudioProject, LabelStudioTask
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Rating, Suggestion
from curator.base.models.users import User
from curator.base.privacy import keep_private
from curator.base.sign_ins import sign_in
from curator.base.tokens import list_tokens, make_token, revoke_token, use_token
from curator.custody.freezes import Signature, freeze_study, unlock_study
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.labelstudio.annotators import map_annotator
from curator.pairs.decisions import decide_pair, undo_last
from curator.pairs.persons import join_person
from curator.photos.consents import Whose, Word, set_consent
from curator.photos.exclusion import exclude_photos
from curator.photos.importing import import_folders
from curator.photos.person_codes import SimilarCodes
from curator.photos.posts import fill_posts
from curator.photos.previews import preview_bytes, redness_bytes
from curator.photos.reasons import REASONS
from curator.photos.sources import set_source
from curator.ratings.assessments import Assessment
from curator.ratings.claims import claim_next_photos, release_claims
from curator.ratings.entries import Entry, rate_entries
from curator.ratings.provenance import Provenance
from curator.ratings.queues import Queue
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import change_project, read_project
from curator.ratings.sources import open_source
from curator.ratings.suggesting import RECIPE
from curator.study.stating import state_facts
from curator.undoing import undo_events
from tests.curator.accounts import add_accounts
from tests.curator.drawing import PASSWORD, REGION
from tests.curator.trained import all_correct, write_run

RATERS = ("ana", "ben", "carl")
EDITS = ("recompress", "crop", "mirror", "resize", "filter")


def draw_pool(folder: Path, people: int, size_px: int | None = None) -> list[Path]:
    """Draw faces, two shots of each person, and edited copies of some of them."""
    from demo.edits import edit_photo
    from demo.faces import draw_photo
    from demo.person import person_of

    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(1, people + 1):
        for shot in range(2):
            photo = draw_photo(person_of(5, number), 5, shot).image
            if size_px:
                photo.thumbnail((size_px, size_px), Image.Resampling.LANCZOS)
            files.append(folder / f"p{number:03}-{shot}.jpg")
            photo.save(files[-1], quality=92)
            if number % 2 == shot:
                rng = np.random.default_rng([number, shot])
                copy = edit_photo(photo, EDITS[number % len(EDITS)], 80, rng).image
                files.append(folder / f"p{number:03}-{shot}-copy.jpg")
                copy.save(files[-1], quality=80)
    return files


class Walk:
    """One instance, and what may happen to it next."""

    def __init__(self, config: Config, pool: Sequence[Path], seed: int) -> None:
        keep_private()
        self.rng = np.random.default_rng([51, seed])
        self.config = config
        self.pool = [pool[at] for at in self.rng.permutation(len(pool))]
        self.taken = 0
        self.incoming = config.instance.with_name(f"{config.instance.name}-incoming")
        init_instance(self.config)
        self.sessions: Sessions = open_sessions(self.config)
        add_accounts(self.sessions)
        change_project(
            self.sessions, replace(read_project(self.sessions), raters_needed=2), actor="ana"
        )

    def steps(self, count: int) -> None:
        self.take_photos(6)
        acts: list[Callable[[], Any]] = [
            *(self.rate,) * 14,
            *(self.decide,) * 5,
            *(self.exclude, self.exclude, self.set_person, self.set_person, self.enter),
            *(
                self.fill,
                self.open_source,
                self.claim,
                self.claim,
                self.suggest,
                self.look,
                self.look,
            ),
            *(
                self.rule,
                self.rule,
                self.rule,
                self.undo,
                self.undo,
                self.take_back,
                self.use_tokens,
            ),
            *(self.change_settings, self.state, self.map_annotator, self.change_account),
            *(self.join, self.source, self.export, self.sign_in),
            *(lambda: self.take_photos(3),) * 2,
        ]
        for at in self.rng.integers(0, len(acts), count):
            with suppress(CuratorError):  # what the services refuse changes nothing
                acts[at]()

    def finish(self) -> None:
        """Leave rows in every table, an export and a run: three raters rate everything."""
        self.take_photos(9)
        for pair in self.ids(PhotoPair):
            with suppress(CuratorError):
                decide_pair(self.sessions, pair, "copy", confirmed=[pair], actor="ana")
        for rater in RATERS:
            for photo in self.photos():
                with suppress(CuratorError):
                    self.rate(
                        rater, photo, ("positive", "negative")[photo % 2] if photo % 5 else ""
                    )
        for act in (
            *(self.rule,) * 4,
            *(self.suggest, self.look, self.look, self.claim, self.open_source, self.use_tokens),
            *(self.map_annotator, self.state, self.fill, self.enter, self.sign_in, self.join),
            *(self.exclude, self.export, self.claim, self.freeze),
        ):
            with suppress(CuratorError):
                act()
        self.export("trainer")
        self.consent()
        self.send_to_label_studio()
        write_run(self.config.instance / "runs" / "20260101-mobilenet", all_correct(6))

    # What people do.

    def take_photos(self, count: int) -> None:
        self.incoming.mkdir(exist_ok=True)
        for old in self.incoming.iterdir():
            old.unlink()
        for file in self.pool[self.taken : self.taken + count]:
            (self.incoming / file.name).write_bytes(file.read_bytes())
        (self.incoming / "broken.jpg").write_bytes(b"\xff\xd8\xff")
        if self.taken:  # which is there already
            again = self.pool[0]
            (self.incoming / f"again-{self.taken}.jpg").write_bytes(again.read_bytes())
        self.taken += count
        import_folders(self.sessions, self.config, [self.incoming], source="#rash", actor="ana")

    def rate(self, rater: str = "", photo: int = 0, label: str = "") -> None:
        """Rate a photo; with a label as others do, so that there is a consensus."""
        rater, photo = rater or self.one(RATERS), photo or self.one(self.photos())
        version = self.version(
            Rating, photo_id=photo, rater_id=account_named(self.sessions, rater).id
        )
        said = self.assessment()
        if label:
            said = replace(said, label=label, region=REGION)
        save_rating(self.sessions, photo, rater, said, expected_version=version)

    def rule(self) -> None:
        photo = self.one(self.photos())
        version = self.version(Adjudication, photo_id=photo)
        adjudicate(
            self.sessions,
            photo,
            "ada",
            self.assessment(),
            expected_version=version,
            reason="looked again",
        )

    def enter(self) -> None:
        names = self.names()
        entries = [
            Entry(
                line,
                self.one(names),
                label="negative",
                person=f"P{self.rng.integers(4)}",
                note="by table",
            )
            for line in range(1, 3)
        ]
        rate_entries(
            self.sessions,
            entries,
            self.one(RATERS),
            config=self.config,
            similar_codes=SimilarCodes.APART,
        )

    def decide(self) -> None:
        pairs = self.ids(PhotoPair)
        decision = self.one(("copy", "copy", "different", "same_person", None))
        pair = self.one(pairs)
        decide_pair(self.sessions, pair, decision, confirmed=pairs, actor=self.one(RATERS))

    def take_back(self) -> None:
        undo_last(self.sessions, actor=self.one(RATERS))

    def undo(self) -> None:
        with reading(self.sessions) as session:
            events = session.scalars(select(Event).order_by(Event.id.desc()).limit(8)).all()
            chosen = [(event.id, event.actor) for event in events]
        number, actor = self.one(chosen)
        undo_events(self.sessions, [number], actor=actor, reason="a slip", config=self.config)

    def exclude(self) -> None:
        photos = self.photos()
        reason = self.one((str(self.one(REASONS).text), "my own reason", ""))
        exclude_photos(self.sessions, [self.one(photos)], reason, confirmed=photos, actor="ana")

    def set_person(self) -> None:
        entry = Entry(
            1, self.one(self.names()), label="positive", person=self.one(("P1", "p1", "P2", "Q 3"))
        )
        similar = self.one((SimilarCodes.APART, SimilarCodes.SAME))
        rate_entries(self.sessions, [entry], "ana", config=self.config, similar_codes=similar)

    def join(self) -> None:
        photos = self.photos()
        join_person(self.sessions, self.one(photos), self.one(photos), actor="ana")

    def source(self) -> None:
        set_source(
            self.sessions, [self.one(self.photos())], self.one(("#lupus", "#sun", "")), actor="ana"
        )

    def fill(self) -> None:
        name = self.one(self.names())
        number = int(self.rng.integers(1, 9))
        post = Post(
            post_url=f"https://example.org/{number}",
            author=f"someone{number}",
            caption="after a day in the sun",
            collected_on=date(2026, 1, number),
            collector="carl",
            lines=(1,),
        )
        fill_posts(self.sessions, self.config, {name: post}, actor="ana")

    def open_source(self) -> None:
        rater = account_named(self.sessions, self.one(RATERS))
        open_source(self.sessions, self.one(self.photos()), rater)

    def claim(self) -> None:
        rater = account_named(self.sessions, self.one(RATERS)).id
        taken = claim_next_photos(self.sessions, rater, Queue(), count=int(self.rng.integers(1, 4)))
        if self.rng.random() < 0.3:
            release_claims(self.sessions, rater, *taken[:1])

    def suggest(self) -> None:
        """Store suggestions as the search for faces does; the networks would take most of the time."""
        eyes = "0.400000,0.300000 0.600000,0.300000"
        region = "0.300000,0.400000 0.700000,0.400000 0.600000,0.700000 0.400000,0.700000"
        photos = self.photos()
        with self.sessions.begin() as session:
            for photo in photos:
                has_face = photo % 7 != 0
                session.merge(
                    Suggestion(
                        photo_id=photo,
                        recipe=RECIPE,
                        faces=int(has_face),
                        region=region if has_face else None,
                        eyes=eyes if has_face else None,
                    )
                )

    def look(self) -> None:
        with reading(self.sessions) as session:
            rows = session.execute(select(Photo.file_sha256, Photo.format)).all()
        for sha, form in [rows[at] for at in self.rng.integers(0, len(rows), 2)]:
            preview_bytes(self.config, sha, form, 320)
            redness_bytes(self.config, sha, form, None)

    def export(self, form: str = "") -> None:
        form = form or self.one(("trainer", "trainer", "trainer", "csv", "coco"))
        settings = Settings(
            ratios=self.one(((70, 15, 15), (50, 25, 25))), folds=3, max_side_px=128, format=form
        )
        export_dataset(self.sessions, self.config, settings, actor="ana")

    def use_tokens(self) -> None:
        user = account_named(self.sessions, self.one(RATERS))
        name = f"script {self.rng.integers(1000)}"
        secret, token = make_token(self.sessions, user.id, name, role="viewer", actor=user.name)
        use_token(self.sessions, secret)
        if self.rng.random() < 0.4:
            revoke_token(self.sessions, token.id, actor=user.name)
        list_tokens(self.sessions)

    def sign_in(self) -> None:
        sign_in(self.sessions, self.one(RATERS), PASSWORD, hours=12)

    def change_settings(self) -> None:
        share = float(self.rng.integers(0, 5)) / 10
        now = read_project(self.sessions)
        change_project(self.sessions, replace(now, withheld_share=share), actor="ana")

    def state(self) -> None:
        name = f"Faces {self.rng.integers(100)}"
        state_facts(self.sessions, {"name": name}, actor="ana")

    def map_annotator(self) -> None:
        map_annotator(self.sessions, "ben@example.org", "ben", actor="ana")

    def send_to_label_studio(self) -> None:
        """Store what a push to a server stores."""
        with self.sessions.begin() as session:
            rater = session.scalars(select(User.id).where(User.name == "ben")).one()
            project = LabelStudioProject(
                server="http://ls.example.org",
                name="malar",
                rater_id=rater,
                marker="ab" * 16,
                number=3,
            )
            session.add(project)
            session.flush()
            for number, photo in enumerate(session.scalars(select(Photo.id).limit(4)).all(), 1):
                said = {"synced": "c" * 64 if number > 1 else "", "active_s": float(number)}
                session.add(
                    LabelStudioTask(project_id=project.id, photo_id=photo, number=number, **said)
                )

    def change_account(self) -> None:
        name = f"guest{self.rng.integers(3)}"
        with suppress(CuratorError):
            add_user(self.sessions, name, PASSWORD, "viewer", min_chars=12, actor="ana")
        set_role(self.sessions, name, self.one(("viewer", "annotator")), actor="ana")
        set_disabled(self.sessions, name, bool(self.rng.random() < 0.5), actor="ana")

    def consent(self) -> None:
        """Record what the source says, and each person, each with a document of their own."""
        asked = Word("asked", "letter to the source", date(2026, 1, 2))
        set_consent(self.sessions, Whose("source", "#rash"), asked, actor="ana")
        for photo in self.photos():
            given = Word("given", f"form-{photo:04d}-signed", date(2026, 1, 2), "sharing")
            set_consent(self.sessions, Whose("person", f"#{photo}"), given, actor="ana")

    def freeze(self) -> None:
        """Freeze the study and unlock it again."""
        by = Signature("ana", PASSWORD)
        freeze_study(self.sessions, chain_key(self.config), "1.0", "As it is.", by=by)
        unlock_study(self.sessions, "the walk goes on", by=by)

    # What they choose from.

    def one(self, choices: Sequence[Any]) -> Any:
        if not choices:
            raise NotFound("There is nothing to choose from yet.")
        return choices[int(self.rng.integers(len(choices)))]

    def ids(self, table: Any) -> list[int]:
        with reading(self.sessions) as session:
            return list(session.scalars(select(table.id).order_by(table.id)))

    def photos(self) -> list[int]:
        return self.ids(Photo)

    def names(self) -> list[str]:
        with reading(self.sessions) as session:
            return list(session.scalars(select(Photo.original_name).order_by(Photo.id)))

    def version(self, table: Any, **of: int) -> int:
        with reading(self.sessions) as session:
            return session.scalar(select(table.version).filter_by(**of)) or 0

    def assessment(self) -> Assessment:
        x, y = (float(each) for each in self.rng.uniform(0.2, 0.35, 2))
        corners = ((x, y + 0.2), (x + 0.4, y + 0.2), (x + 0.3, y + 0.5), (x + 0.1, y + 0.5))
        region = " ".join(f"{a:.6f},{b:.6f}" for a, b in corners)
        return Assessment(
            label=self.one(("positive", "positive", "negative", "negative", "unsure")),
            values={
                "sex": self.one(("female", "male")),
                "evidence": self.one(("hashtag", "self_report", "visual", "clinician")),
            },
            region=region if self.rng.random() < 0.9 else "",
            note=self.one(("", "", "a shadow on the left cheek")),
            provenance=Provenance(self.one(("edited", "drawn")), float(self.rng.uniform(2, 60))),
        )
