"""Linksets and links as JSON, as CSV and as SSSOM; the last two can be imported again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import yaml

from mieco.ask.answers import Labels
from mieco.ask.links import LinkPage, Linkset, ListedLink
from mieco.errors import Text
from mieco.intake.headings import bilingual
from mieco.intake.link_columns import LINK_COLUMNS
from mieco.intake.link_rows import Link
from mieco.intake.link_targets import targets
from mieco.intake.link_triples import NO_LICENCE, SET_REFERENCES, SET_TEXTS
from mieco.present.spreadsheet_csv import harmless
from mieco.releases import Release
from mieco.terms import BASE, PREFIXES

_PREDICATE_PREFIXES = ("owl", "skos", "semapv")
_PARTS = re.compile(r"(.*[/#])([^/#]+[/#]?)", re.DOTALL)
_PATH = re.compile(re.escape(BASE) + r"(?:[a-z-]+/)*([a-z][a-z0-9-]*)/")
_COLUMNS = tuple(name for name in LINK_COLUMNS if name != "predicate_modifier")
# Slots of the metadata that may have several values, and are lists therefore.
_SEVERAL = ("creator_label", "creator_id", "mapping_set_source", "see_also")


def links_as_json(page: LinkPage, labels: Labels, release: Release) -> dict[str, Any]:
    """The linksets of a release, and a page of their links."""
    return {
        "release": release.as_json(),
        "linksets": [linkset_as_json(linkset) for linkset in page.linksets],
        "total": page.total,
        "page": page.number,
        "pages": page.pages,
        "links": [link_as_json(listed, link, labels) for listed, link in page.links],
    }


def linkset_as_json(linkset: Linkset) -> dict[str, Any]:
    """What is known of a linkset: whose it is, where it leads, how many links it has."""
    imported = linkset.imported
    return {
        "linkset": linkset.iri,
        "graph": linkset.graph,
        "name": linkset.name,
        "title": _both(linkset.title),
        "licence": linkset.one("dcterms:license") or None,
        "creators": [*linkset.all("dcterms:creator"), *linkset.all("sssom:creator_label")],
        "version": linkset.one("owl:versionInfo") or None,
        "source": linkset.one("sssom:object_source") or None,
        "source_version": linkset.one("sssom:object_source_version") or None,
        "links": linkset.links,
        "counts": [
            {"predicate": count.predicate, "target": count.dataset, "links": count.links}
            for count in linkset.counts
        ],
        "imported": {"at": imported.at, "by": imported.by, "files": dict(imported.inputs)}
        if imported
        else None,
    }


def link_as_json(listed: ListedLink, link: Link, labels: Labels) -> dict[str, Any]:
    """A link with all that is told of it; what is not told is ``null`` or empty."""
    return {
        "link": listed.iri,
        "linkset": listed.linkset,
        "subject": link.subject,
        "subject_label": labels.get(link.subject, (link.subject_label, ""))[0] or None,
        "predicate": link.predicate,
        "object": link.object,
        "object_label": link.object_label or None,
        "justification": link.justification,
        "confidence": float(link.confidence) if link.confidence else None,
        "author": link.author or None,
        "date": link.date or None,
        "see_also": list(link.see_also),
        "comment": link.comment or None,
    }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def csv_head() -> str:
    """The headings of links as CSV, in both languages."""
    headings = [column.heading for name, column in LINK_COLUMNS.items() if name in _COLUMNS]
    return _line([bilingual(heading) for heading in headings if heading], ",")


def csv_lines(links: Iterable[Link]) -> Iterator[str]:
    """Links as lines of CSV, with whole IRIs."""
    for link in links:
        yield _line(list(_cells(link).values()), ",")


class Sssom:
    """Links as SSSOM/TSV: metadata, headings and lines, with one set of short names for all."""

    def __init__(self, linksets: Sequence[Linkset], listed: Sequence[ListedLink]) -> None:
        """``linksets`` are those that the links are of, of which there may be one or several."""
        self._linksets = linksets
        iris = (iri for link in listed for iri in (link.subject, link.object))
        self._prefixes = _prefixes(iris)

    def head(self) -> str:
        """The metadata, as comments in YAML, and the line of headings."""
        names = {name: PREFIXES[name] for name in _PREDICATE_PREFIXES}
        given = {prefix: namespace for namespace, prefix in self._prefixes.items()}
        told = {"curie_map": dict(sorted({**names, **given}.items())), **self._metadata()}
        text = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=100_000)
        above = "".join(f"#{line}\n" for line in text.splitlines())
        return above + _line(list(_COLUMNS), "\t")

    def lines(self, links: Iterable[Link]) -> Iterator[str]:
        """Links as lines, their IRIs abbreviated."""
        for link in links:
            cells = _cells(link)
            for column in ("subject_id", "predicate_id", "object_id", "mapping_justification"):
                cells[column] = self._short(cells[column])
            yield _line(list(cells.values()), "\t")

    def _metadata(self) -> dict[str, str | list[str]]:
        if len(self._linksets) != 1:
            licences = {each.one("dcterms:license") or NO_LICENCE for each in self._linksets}
            return {
                "mapping_set_id": BASE + "links",
                "license": licences.pop() if len(licences) == 1 else NO_LICENCE,
            }
        linkset = self._linksets[0]
        told: dict[str, str | list[str]] = {"mapping_set_id": linkset.iri, "license": NO_LICENCE}
        for slot, property_ in {**SET_TEXTS, **SET_REFERENCES}.items():
            if values := linkset.said.get(property_):
                told[slot] = list(values) if slot in _SEVERAL else values[0]
        return told

    def _short(self, iri: str) -> str:
        namespace, local = _parts(iri)
        return f"{self._prefixes[namespace]}:{local}" if namespace in self._prefixes else iri


def _cells(link: Link) -> dict[str, str]:
    return {
        "subject_id": link.subject,
        "subject_label": link.subject_label,
        "predicate_id": link.predicate,
        "object_id": link.object,
        "object_label": link.object_label,
        "mapping_justification": link.justification,
        "confidence": link.confidence,
        "author_label": link.author,
        "mapping_date": link.date,
        "see_also": "|".join(link.see_also),
        "comment": link.comment,
    }


def _line(cells: Sequence[str], delimiter: str) -> str:
    out = io.StringIO()
    ends = "\r\n" if delimiter == "," else "\n"
    csv.writer(out, delimiter=delimiter, lineterminator=ends).writerow(map(harmless, cells))
    return out.getvalue()


def _prefixes(iris: Iterable[str]) -> dict[str, str]:
    """A short name for each namespace of some IRIs: the usual one, or one of its own."""
    known = {target.prefix: key for key, target in targets().items()}
    found = {PREFIXES[name]: name for name in _PREDICATE_PREFIXES}
    for iri in iris:
        namespace, _ = _parts(iri)
        if not namespace or namespace in found:
            continue
        own = _PATH.fullmatch(namespace)
        name = known.get(namespace) or (own[1] if own else "ns")
        taken, number = set(found.values()), 1
        while name in taken:
            number += 1
            name = f"{name.rstrip('0123456789')}{number}"
        found[namespace] = name
    return found


def _parts(iri: str) -> tuple[str, str]:
    """The namespace of an IRI and what it has of its own; of one that has none, nothing."""
    for target in targets().values():
        if iri.startswith(target.prefix) and iri != target.prefix:
            return target.prefix, iri.removeprefix(target.prefix)
    parts = _PARTS.fullmatch(iri)
    return (parts[1], parts[2]) if parts and not parts[1].endswith("://") else ("", iri)
