"""All routes of the installed program, each with an address and with who may use it."""

from collections.abc import Iterator
from dataclasses import dataclass

from curator.api.roles import ACCESS as ACCESS_OF_API
from curator.api.roles import FOR_BOUND as API_FOR_BOUND
from curator.app import create_app
from curator.base.config import Config
from curator.http.roles import Access
from curator.web.roles import ACCESS, FOR_BOUND

METHODS = ("GET", "POST", "PUT", "DELETE")
NOT_ASKED = ("static", "auth.sign_out")  # public files; and what would end a test's own sign-in


@dataclass(frozen=True)
class Route:
    """A method of an address; `access` is None where the table names nobody: closed to all."""

    endpoint: str
    method: str
    path: str
    is_of_api: bool
    is_of_photo: bool
    access: Access | None
    is_for_bound: bool

    def is_open_to(self, role: str) -> bool:
        return self.access is not None and role in self.access.value

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def all_routes(config: Config, number: int = 1) -> list[Route]:
    """List every route; `number` stands for each id in an address."""
    return sorted(_routes(config, number), key=lambda route: (route.path, route.method))


def _routes(config: Config, number: int) -> Iterator[Route]:
    addresses = create_app(config).url_map.bind("localhost")
    for rule in addresses.map.iter_rules():
        if rule.endpoint in NOT_ASKED:
            continue
        is_of_api = rule.rule.startswith("/api/")
        path = addresses.build(rule.endpoint, dict.fromkeys(rule.arguments, number))
        for method in METHODS:
            if method in (rule.methods or ()):
                yield Route(
                    rule.endpoint,
                    method,
                    path,
                    is_of_api,
                    "photo_id" in rule.arguments,
                    (ACCESS_OF_API if is_of_api else ACCESS).get(rule.endpoint),
                    rule.endpoint in (API_FOR_BOUND if is_of_api else FOR_BOUND),
                )
