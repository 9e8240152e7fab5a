"""Keys to a real Label Studio server: both kinds are taken, and a refused one is named."""

from dataclasses import replace

import pytest

from curator.base.config import Config
from curator.base.errors import CuratorError
from curator.labelstudio.server import connect
from tests.curator.labelstudio.exchange import PHOTOS, Study

pytestmark = pytest.mark.labelstudio


def test_both_kinds_of_tokens_are_taken(study: Study) -> None:
    study.push()
    config = replace(study.config, label_studio_api_key=study.live.personal_token())
    study.config = config
    assert study.push()["ben"].unchanged == PHOTOS


UNSIGNED = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDAsInVzZXJfaWQiOjF9.c2lnbmF0dXJl"
EXPIRED = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEsInVzZXJfaWQiOjF9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("f" * 40, "refused the legacy token"),
        (UNSIGNED, "refused the personal access token"),
        (EXPIRED, "refused the personal access token"),
        ("", "Set LABEL_STUDIO_URL"),
    ],
)
def test_a_refused_key_is_named_by_its_kind(connected: Config, key: str, told: str) -> None:
    with pytest.raises(CuratorError, match=told) as refused:
        connect(replace(connected, label_studio_api_key=key))
    assert "\n" not in refused.value.message


def test_a_proxy_of_the_environment_does_not_stand_between(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert study.server.url == study.live.url
