"""Answers as the API writes them: manifests, candidates, suggestions, fetched values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from mieco import __version__
from mieco.errors import Language, Text
from mieco.reconcile.matching import Candidate
from mieco.reconcile.properties import Properties, Property
from mieco.reconcile.requests import MOST_QUERIES, Unreadable
from mieco.reconcile.types import Type, Types
from mieco.search.kinds import KINDS
from mieco.search.lookup import Names, Thing
from mieco.terms import BASE, MIECO

PREVIEW_WIDTH: Final = 400
PREVIEW_HEIGHT: Final = 240
DRAFT: Final = "1.0-draft"

_NAME: Final = Text(
    "mieco：市域产教联合体、院校、企业、园区",
    "mieco: industry-education consortia and their members",
)
_MATCHED: Final = Text("匹配名称：{name}", "matched name: {name}")
_PROPERTY: Final = Text("属性相符：{name}", "property agrees: {name}")
FEATURES: Final[dict[str, Text]] = {
    "name_similarity": Text("名称相似度", "similarity of names"),
    "type_agrees": Text("类型相符", "type agrees"),
    "place_agrees": Text("地点相符", "place agrees"),
    "credit_code_agrees": Text("统一社会信用代码相符", "credit code agrees"),
    "by_alternative": Text("按其他名称匹配", "matched by another name"),
    "by_former": Text("按旧名匹配", "matched by a former name"),
    "by_written": Text("按来源中的写法匹配", "matched as a source writes it"),
    "by_identifier": Text("按编号匹配", "matched by an identifier"),
    "ground_same": Text("名称相同", "the same name"),
    "ground_form": Text("法律形式或地名写法不同", "another legal form, or place written otherwise"),
    "ground_wording": Text("规范简称与全称", "official words, short and long"),
    "ground_renamed": Text("职业学校升格更名", "vocational school raised in rank"),
    "ground_loose_wording": Text("可能是简称与全称", "words that may mean the same"),
    "ground_rank": Text("学校层次不同", "another rank of school"),
    "ground_group": Text("公司与集团", "company and group"),
    "ground_unplaced": Text("只有一方写了地名", "only one name tells the place"),
    "ground_within": Text("一地在另一地之内", "one place lies in the other"),
    "ground_remark": Text("只有一方有括号说明", "only one name has a remark in brackets"),
    "ground_part": Text("可能是分支或下属", "may be a branch or part"),
    "ground_elsewhere": Text("地名不同", "another place"),
    "ground_slip": Text("疑似笔误", "probably a slip"),
    "ground_abbreviation": Text("疑似缩写", "probably an abbreviation"),
    "ground_pinyin": Text("拼音相符", "pinyin"),
    "ground_initials": Text("首字母相符", "initials"),
    "ground_word_order": Text("英文词序不同", "another order of words"),
    "ground_alike": Text("部分相同", "partly the same"),
}


def manifest(types: Types, language: Language, root: str) -> dict[str, Any]:
    """The manifest of a service at ``root``, by version 0.2 (Service Manifest).

    Identifiers are full IRIs: with the identifier space they make IRIs in every client, also
    for things of others, and ``view`` takes one as a parameter, encoded or not.
    """
    suggest = {
        kind: {"service_url": f"{root}reconcile", "service_path": f"/suggest/{kind}"}
        for kind in ("entity", "type", "property")
    }
    return {
        "versions": ["0.2"],
        "name": _NAME.in_(language),
        "identifierSpace": BASE,
        "schemaSpace": MIECO,
        **_about(root),
        "view": {"url": f"{root}thing?iri={{{{id}}}}"},
        "feature_view": {"url": f"{root}reconcile?format=html#{{{{id}}}}"},
        "defaultTypes": [_named(each, language) for each in types.default()],
        "preview": {
            "url": f"{root}reconcile/preview?lang={language}&id={{{{id}}}}",
            "width": PREVIEW_WIDTH,
            "height": PREVIEW_HEIGHT,
        },
        "suggest": suggest,
        "extend": {
            "propose_properties": {
                "service_url": f"{root}reconcile",
                "service_path": "/extend/propose",
            },
            "property_settings": [
                {
                    "name": "limit",
                    "label": _LIMIT.in_(language),
                    "type": "number",
                    "default": 0,
                    "help_text": _LIMIT_HELP.in_(language),
                }
            ],
        },
        "batchSize": MOST_QUERIES,
    }


def draft_manifest(types: Types, language: Language, root: str) -> dict[str, Any]:
    """The manifest by 1.0-draft, whose routes follow from the endpoint."""
    return {
        "versions": [DRAFT],
        "name": _NAME.in_(language),
        "lang": language,
        **_about(root),
        "view": {"url": f"{root}thing?iri={{id}}"},
        "featureView": {"url": f"{root}reconcile?format=html#{{id}}"},
        "defaultTypes": [_named(each, language) for each in types.default()],
        "preview": {"width": PREVIEW_WIDTH, "height": PREVIEW_HEIGHT},
        "suggest": {"entity": True, "type": True, "property": True},
        "extend": {
            "proposeProperties": True,
            "propertySettings": [
                {
                    "id": "limit",
                    "name": _LIMIT.in_(language),
                    "type": "number",
                    "default": 0,
                    "helpText": _LIMIT_HELP.in_(language),
                }
            ],
        },
        "batchSize": MOST_QUERIES,
        "standardizedScore": True,
    }


_LIMIT = Text("最多取几个值", "how many values")
_LIMIT_HELP = Text("0 表示全部", "0 for all of them")


def _about(root: str) -> dict[str, Any]:
    return {
        "documentation": f"{root}reconcile?format=html",
        "logo": f"{root}static/mieco.svg",
        "serviceVersion": __version__,
    }


class Writer:
    """Writes what was found in one language; all things are named with few look-ups."""

    def __init__(
        self, names: Names, types: Types, properties: Properties, language: Language
    ) -> None:
        self._names = names
        self._types = types
        self._properties = properties
        self._language = language

    def results(
        self, results: Iterable[Sequence[Candidate] | Unreadable], *, draft: bool = False
    ) -> list[dict[str, Any]]:
        """Each result, the candidates in ``result``, or in ``candidates`` (1.0-draft)."""
        results = list(results)
        things = [c.thing for each in results if not isinstance(each, Unreadable) for c in each]
        where = self._where(things)
        key = "candidates" if draft else "result"
        return [
            {key: [], "error": each.reason.in_(self._language)}
            if isinstance(each, Unreadable)
            else {key: [self._candidate(c, where, draft=draft) for c in each]}
            for each in results
        ]

    def suggested(self, things: Sequence[Thing]) -> dict[str, Any]:
        """Entities of a suggest response."""
        where = self._where(things)
        return {
            "result": [
                {
                    "id": thing.iri,
                    "name": thing.label(self._language),
                    "description": self._description(thing, where),
                    "notable": self._types_of(thing),
                }
                for thing in things
            ]
        }

    def feature(self, name: str) -> str:
        """What a matching feature says."""
        if text := FEATURES.get(name):
            return text.in_(self._language)
        iri = name.partition(":")[2]
        named = self._properties.of(iri, self._language).name
        return _PROPERTY.in_(self._language).format(name=named)

    def description(self, thing: Thing) -> str:
        """Kind and place of a thing."""
        return self._description(thing, self._where([thing]))

    def _candidate(
        self, candidate: Candidate, where: Mapping[str, Thing], *, draft: bool
    ) -> dict[str, Any]:
        thing = candidate.thing
        described = self._description(thing, where)
        if candidate.name.text not in (thing.zh, thing.en):
            matched = _MATCHED.in_(self._language).format(name=candidate.name.text)
            described = f"{described} · {matched}"
        return {
            "id": thing.iri,
            "name": thing.label(self._language),
            "description": described,
            "type": self._types_of(thing),
            "score": candidate.score,
            "match": candidate.match,
            "features": [
                {"id": name, **({"name": self.feature(name)} if draft else {}), "value": value}
                for name, value in candidate.features.items()
            ],
        }

    def _types_of(self, thing: Thing) -> list[dict[str, str]]:
        return [
            {"id": each.iri, "name": each.name(self._language)}
            for each in self._types.of_thing(thing)
        ]

    def _where(self, things: Iterable[Thing]) -> Mapping[str, Thing]:
        return self._names.by_iris({iri for t in things for iri in (t.place, t.province)} - {""})

    def _description(self, thing: Thing, where: Mapping[str, Thing]) -> str:
        places = dict.fromkeys(iri for iri in (thing.province, thing.place) if iri in where)
        told = [KINDS[thing.kind].in_(self._language)]
        told += [where[iri].label(self._language) for iri in places if iri != thing.iri]
        return " · ".join(told)


def suggested_types(types: Sequence[Type], language: Language) -> dict[str, Any]:
    """Types of a suggest response."""
    return {"result": [_named(each, language) for each in types]}


def suggested_properties(properties: Sequence[Property]) -> dict[str, Any]:
    """Properties of a suggest response."""
    return {"result": [_property(each) for each in properties]}


def proposed(properties: Sequence[Property], type_: str, limit: int | None) -> dict[str, Any]:
    """A property proposal (Data Extension Property Proposals)."""
    return {
        "properties": [_property(each) for each in properties],
        "type": type_,
        **({} if limit is None else {"limit": limit}),
    }


def _property(each: Property) -> dict[str, str]:
    described = {"description": each.description} if each.description else {}
    return {"id": each.iri, "name": each.name, **described}


def _named(each: Type, language: Language) -> dict[str, str]:
    return {"id": each.iri, "name": each.name(language)}
