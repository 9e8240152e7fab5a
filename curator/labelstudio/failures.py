"""What fails in talking with a Label Studio server, as curator's errors: each says what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from curator.base.errors import CuratorError, ProjectGone, ServerRefused, ServerUnreachable
from curator.base.messages import translatable

PASSING = (429, *range(500, 600))  # answers that another try may not get

TOKENS = {
    True: translatable(
        "the personal access token in LABEL_STUDIO_API_KEY: make a new one there, under Account & "
        "Settings > Personal Access Token"
    ),
    False: translatable(
        "the legacy token in LABEL_STUDIO_API_KEY: copy it again there, under Account & Settings > "
        "Legacy Token, or make a personal access token if there is none"
    ),
}


@dataclass(frozen=True)
class Failures:
    """Of the server at an address, spoken to by a personal access token or a legacy one."""

    url: str
    is_personal: bool

    @contextmanager
    def told(self, gone: str = "") -> Iterator[None]:
        """Turn errors of the SDK into curator's; `gone` is the title of a project that may be deleted."""
        import httpx
        from label_studio_sdk.core.api_error import ApiError

        try:
            yield
        except ApiError as error:
            if error.status_code == 404 and gone:
                raise ProjectGone("The project %(title)s was deleted there.", title=gone) from error
            raise self.refused(error.status_code, error.body) from error
        except httpx.TimeoutException as error:
            raise ServerUnreachable(
                "Label Studio at %(url)s does not answer in time: try again, nothing will be doubled.",
                url=self.url,
            ) from error
        except httpx.ConnectError as error:
            raise self._unreachable(str(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnreachable(
                "Label Studio at %(url)s broke off (%(why)s): try again, nothing will be doubled.",
                url=self.url,
                why=str(error) or type(error).__name__,
            ) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ServerUnreachable(
                "Label Studio at %(url)s gave no answer that can be read, as if another program stood "
                "before it: try again, nothing will be doubled.",
                url=self.url,
            ) from error

    def _unreachable(self, why: str) -> ServerUnreachable:
        if "CERTIFICATE" in why.upper():
            return ServerUnreachable(
                "The certificate of %(url)s is not trusted (%(why)s): set SSL_CERT_FILE to the file "
                "of the certificate, or of the authority that signed it.",
                url=self.url,
                why=why,
            )
        return ServerUnreachable(
            "Nothing answers at %(url)s (%(why)s): check LABEL_STUDIO_URL, and that Label Studio runs.",
            url=self.url,
            why=why,
        )

    def no_label_studio(self) -> ServerUnreachable:
        return ServerUnreachable(
            "What answers at %(url)s is not Label Studio: check LABEL_STUDIO_URL.", url=self.url
        )

    def refused(self, status: int | None, body: object) -> CuratorError:
        said = _detail(body)
        if status in (401, 403):
            kind = TOKENS[self.is_personal]
            return ServerRefused(
                "Label Studio at %(url)s refused %(kind)s. It said: %(said)s",
                url=self.url,
                kind=kind,
                said=said,
            )
        if status in PASSING:
            return ServerUnreachable(
                "Label Studio at %(url)s, or what stands before it, is busy or broken (%(status)s): "
                "try again later, nothing will be doubled.",
                url=self.url,
                status=status,
            )
        if status == 404 or not isinstance(body, dict | list):
            return self.no_label_studio()
        return ServerRefused(
            "Label Studio at %(url)s refused what it was sent (%(status)s): %(said)s",
            url=self.url,
            status=status,
            said=said,
        )


def _detail(body: object) -> str:
    """Return what an error's answer says, on one line."""
    if isinstance(body, dict):
        body = body.get("validation_errors") or body.get("detail") or body
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
    return " ".join(text.split())[:300]
