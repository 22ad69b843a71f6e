"""What a release says of itself, in ``manifest.json`` in its folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from mieco.errors import NewerRelease

# The form of releases on disk, as docs/upgrading.md tells it.  A manifest that names none has 1.
FORMAT = 1

_NONE = type(None)


@dataclass(frozen=True, slots=True)
class Imported:
    """How a graph came to hold a batch.

    ``inputs`` gives the SHA-256 of each file, ``records`` the rows of each of its sheets;
    ``at`` is an xsd:dateTime in UTC, ``by`` who said to do it (may be empty), ``version`` that
    of mieco, ``release`` the release in which it first was.
    """

    inputs: dict[str, str]
    records: dict[str, int]
    at: str
    by: str
    version: str
    release: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release holds.

    ``created`` is an xsd:dateTime in UTC; ``graphs`` counts the triples of each named
    graph; ``inputs`` gives the SHA-256 of every file that it was made from; ``records``
    counts the rows that were read from each source table; ``rules`` is the SHA-256 of the
    rules that it was inferred with; ``clashes`` counts its contradictions, which were accepted;
    ``before`` is the number of the release that it was made from; ``batches`` says of graphs
    that hold a batch how they came to.
    """

    number: int
    created: str
    version: str
    triples: int
    graphs: dict[str, int]
    records: dict[str, int]
    inputs: dict[str, str]
    rules: str = ""
    clashes: int = 0
    before: int | None = None
    batches: dict[str, Imported] = field(default_factory=dict)

    @classmethod
    def of_json(cls, text: str) -> Manifest:
        """Raises ValueError, KeyError or TypeError for what is not the text of a manifest, and
        NewerRelease for that of a format which came after this program."""
        document = json.loads(text)
        if (form := document.pop("format", FORMAT)) > FORMAT:
            number, version = str(document.get("number")), str(document.get("version"))
            raise NewerRelease(release=number, format=form, needed=version)
        batches = document.pop("batches", {})
        # They become names of folders.
        if type(document["number"]) is not int or type(document.get("before")) not in (int, _NONE):
            raise ValueError("the number of a release is a whole one")
        return cls(**document, batches={name: Imported(**each) for name, each in batches.items()})
