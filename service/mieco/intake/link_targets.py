"""The datasets that links lead to, told by the IRIs of their things (``targets.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

from mieco import content
from mieco.errors import BadInstallation, Text


@dataclass(frozen=True, slots=True)
class Target:
    """A dataset that is known: how its identifiers look, where it is, its licence.

    ``prefix`` is what its IRIs begin with, ``iri`` the whole of one with ``{}`` for the
    identifier, which ``id`` describes as a regular expression; other addresses at ``hosts`` are
    none of its IRIs.
    """

    key: str
    name: Text
    prefix: str
    iri: str
    id: str
    hosts: frozenset[str]
    home: str
    licence: str

    def identifier(self, iri: str) -> str | None:
        """The identifier in an IRI of this dataset; ``None`` for what is none of them."""
        before, _, after = (re.escape(part) for part in self.iri.partition("{}"))
        found = re.fullmatch(f"{before}({self.id}){after}", iri)
        return found[1] if found else None

    def meant(self, address: str) -> str:
        """The IRI that another address of the dataset stands for; empty if it has no identifier."""
        found = re.search(rf"(?<![\w])({self.id})(?![\w])", address)
        return self.iri.format(found[1]) if found else ""


@cache
def targets() -> Mapping[str, Target]:
    """The datasets that are known, by key.  Raises BadInstallation."""
    path = content.folder("data") / "linksets" / "targets.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return {key: _target(key, section) for key, section in document.items()}
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BadInstallation(part=path.name, reason=str(error)) from error


def _target(key: str, section: Mapping[str, str]) -> Target:
    rest = {name: section[name] for name in ("prefix", "iri", "id", "home", "licence")}
    name = Text(section["zh"], section["en"])
    return Target(key=key, name=name, hosts=frozenset(section["hosts"]), **rest)


def target_of(iri: str) -> Target | None:
    """The known dataset at whose host an address is."""
    host = host_of(iri)
    return next((target for target in targets().values() if host in target.hosts), None)


def dataset_of(iri: str) -> str:
    """What tells the dataset of a thing: the key of a known one, else the host."""
    target = target_of(iri)
    return target.key if target else host_of(iri)


def host_of(iri: str) -> str:
    """The host of a web address that is an absolute IRI; empty for what is none."""
    try:
        parts = urlsplit(NamedNode(iri).value)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in {"http", "https"} else ""
