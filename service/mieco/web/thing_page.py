"""The page of a thing: its profile, where its kind has one, and all its statements."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, url_for

from mieco.ask.charts import Chart
from mieco.ask.comparison.subjects import MOST
from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.links import RELATIONS, outward
from mieco.ask.profiles.amounts import amount_in_words, number_in_words
from mieco.ask.profiles.facts import in_groups
from mieco.ask.profiles.kinds import profile_kind
from mieco.ask.profiles.place import MEASURES, PlaceProfile
from mieco.ask.profiles.profile import Profile, read_profile
from mieco.ask.profiles.reading import Asked
from mieco.ask.profiles.statements import graphs_of, in_parts
from mieco.ask.profiles.wording import WAYS, detail_in_words
from mieco.ask.schema_org import page_as_schema, read_schema_words
from mieco.ask.things import Thing
from mieco.check.readiness import OUTCOMES
from mieco.engine.base import Engine, text_of
from mieco.present.formats import HTML
from mieco.releases import Release
from mieco.terms import MIECO, PREFIXES
from mieco.web.documents import OFFERED, Documents
from mieco.web.protocol import cancellation, deadline
from mieco.web.reader import language
from mieco.web.service import service

_IN_SCHEME = PREFIXES["skos"] + "inScheme"


def thing_page(documents: Documents, thing: Thing, engine: Engine, release: Release) -> Response:
    """The page of a thing in the reader's language."""
    spoken, seconds = language(), deadline()
    hurried = EngineWithDeadline(engine, seconds, cancellation())
    kind = profile_kind(thing)
    asked = Asked(hurried, spoken, seconds)
    profile = None
    if kind:
        profile = read_profile(kind, asked, thing.iri, release, service().fulfilments)
    words = read_schema_words(hurried, thing.iri, spoken, seconds=seconds)
    elsewhere, said = outward(thing)
    page = render_template(
        f"things/{kind}.html" if profile else "thing.html",
        thing=thing,
        above=_above(thing),
        profile=profile,
        references={s.iri: n for n, s in enumerate(profile.sources, 1)} if profile else {},
        links=documents.of_document(HTML),
        formats=[(f.name, documents.here(f)) for f in OFFERED if f is not HTML],
        schema=page_as_schema(thing, words, spoken, documents.address(HTML)),
        sources=words.sources,
        names=words.names,
        elsewhere=elsewhere,
        parts=in_parts(said, spoken),
        graphs=graphs_of(thing.statements),
        relations=RELATIONS,
        outcomes=OUTCOMES,
        manifest=release.manifest,
        address=documents.address(HTML),
        amount_in_words=amount_in_words,
        number_in_words=number_in_words,
        chart_data=_chart_data,
        in_groups=in_groups,
        detail_in_words=detail_in_words,
        ways=WAYS,
        measures=MEASURES,
        compare=_compare(profile),
    )
    return make_response(page)


def _above(thing: Thing) -> str:
    """What a thing is filed under: the scheme of a concept, else its class; or empty."""
    schemes = [text_of(each.term) for each in thing.statements.get(_IN_SCHEME, ())]
    said = [text_of(each.term) for each in thing.types if not each.inferred]
    ours = [name for name in said if name.startswith(MIECO)]
    others = [name for name in said if not name.startswith(PREFIXES["owl"])]
    return next(iter([*schemes, *ours, *others, *said]), "")


def _compare(profile: Profile | None) -> str | None:
    """Where the consortia of a place are compared; ``None`` where there are not two."""
    if not isinstance(profile, PlaceProfile):
        return None
    keys = [each.iri.rpartition("/")[2] for each in profile.consortia[:MOST]]
    return url_for("compare.compare", of=keys) if len(keys) > 1 else None


def _chart_data(chart: Chart, title: str, file: str) -> dict[str, Any]:
    """What the script draws from, but its words."""
    return {
        "kind": chart.kind,
        "title": title,
        "names": dict(chart.names),
        "marks": list(chart.marks),
        "scale": chart.scale,
        "directed": chart.directed,
        "file": file,
    }
