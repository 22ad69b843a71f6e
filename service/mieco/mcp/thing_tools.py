"""Things as tools: found by name, and one with all that a release says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mieco.ask.given_facts import read_thing_name, spelt
from mieco.ask.things import Statement, Thing, read_thing
from mieco.errors import BadParameter, Language, NotFound, Text
from mieco.mcp.tools import (
    Arguments,
    Desk,
    JsonSchema,
    Told,
    Tool,
    an_object,
    an_open_object,
    name_in,
    named,
    only,
    page_in,
    release_in_words,
    text_in,
    value_of,
)
from mieco.search.finding import Sought
from mieco.search.found_forms import found_as_json

_NEAREST = 5
_FOUND = 100
# So many values of a property are shown at first, and so many on a page of one property.
_AT_FIRST = 20
_PER_PAGE = 100


def search_tool() -> Tool:
    """The tool ``search``."""
    name = {"type": "string", "description": "名称的一部分 / part of a name"}
    return Tool(
        name="search",
        title="按名称查找 / Search by name",
        description="名称与此文字相符的事物（联合体、院校、企业、文件、概念等），至多列出 100 个；"
        "可用名称的一部分、简称、旧名、拼音或其首字母、英文词、代码；几个词须全部符合。\n"
        "Things whose name matches the text (consortia, schools, enterprises, documents, concepts"
        " and so on), at most 100 of them listed: part of a name, a short or former one, pinyin or"
        " its initials, English words, a code; of several words, all must match.",
        input_schema=an_object({"name": name}, ["name"]),
        output_schema=an_open_object({"count": "integer", "found": "array", "release": "object"}),
        answer=_search,
    )


def entity_tool() -> Tool:
    """The tool ``entity``."""
    properties: dict[str, JsonSchema] = {
        "thing": {
            "type": "string",
            "description": "名称、键或 IRI / name, key or IRI",
        },
        "property": {
            "type": "string",
            "description": "只要这一属性的全部值 / all values of this property alone",
        },
        "page": {"type": "integer", "minimum": 1, "default": 1},
    }
    return Tool(
        name="entity",
        title="一个事物 / One thing",
        description="数据对一个事物所说的一切：类型、属性值，以及在何处被提到。\n"
        "All that the data say of a thing: its types, its properties, and where it is mentioned.",
        input_schema=an_object(properties, ["thing"]),
        output_schema=an_open_object(
            {
                "iri": "string",
                "types": "array",
                "statements": "object",
                "mentions": "object",
                "release": "object",
            }
        ),
        answer=_entity,
    )


def _search(desk: Desk, arguments: Arguments) -> Told:
    only(arguments, "name")
    text = name_in(arguments, "name")
    finder = desk.finders.of(desk.release, seconds=desk.seconds)
    found = finder.find(Sought(text), most=_FOUND)
    told = found_as_json(found, text, {}, desk.language)["hits"]
    near = [each["matched"] for each in told[:_NEAREST]] if found.near else []
    hits = [] if found.near else [{**each, "name": each["matched"]} for each in told]
    lines = [f"{each['name']} <{each['iri']}>" for each in hits]
    if not hits:
        offered = Text(f"相近的有：{'、'.join(near)}。", f"Near it are: {', '.join(near)}.")
        nothing = Text("没有名称与此文字相符。", "No name matches this text. ")
        lines = [nothing.in_(desk.language) + (offered.in_(desk.language) if near else "")]
    content = {
        "count": 0 if found.near else found.total,
        "found": hits,
        "near": near,
        "release": desk.release.as_json(),
    }
    return Told("\n".join(lines), content)


def _entity(desk: Desk, arguments: Arguments) -> Told:
    only(arguments, "thing", "property", "page")
    wanted, page = text_in(arguments, "property"), page_in(arguments)
    thing = _read(desk, name_in(arguments, "thing"))
    if wanted:
        iri = _property_of(thing, wanted)
        thing = Thing(
            thing.iri,
            thing.types,
            {name: said for name, said in thing.statements.items() if name == iri},
            {name: said for name, said in thing.mentions.items() if name == iri},
            thing.labels,
        )
        shown = slice((page - 1) * _PER_PAGE, page * _PER_PAGE)
    else:
        shown = slice(0, _AT_FIRST)
    content: dict[str, Any] = {
        **named(thing.iri, thing.labels),
        "types": [_statement(s, thing) for s in thing.types],
        "statements": _by_property(thing.statements, thing, shown),
        "mentions": _by_property(thing.mentions, thing, shown),
        "release": desk.release.as_json(),
    }
    groups = (*content["statements"].values(), *content["mentions"].values())
    if any(group["count"] > (shown.stop or 0) for group in groups):
        after = page + 1 if wanted else 1
        more = Text(
            f"更多的值：property=属性，page={after}。",
            f"More values: property=the property, page={after}.",
        )
        content["more"] = more.in_(desk.language)
    return Told(_in_words(content, desk), content)


def _read(desk: Desk, text: str) -> Thing:
    """The thing that is meant.  Raises BadParameter or NotFound, with what is near."""
    try:
        iri = read_thing_name(desk.engine, text, seconds=desk.seconds).value
    except BadParameter as error:
        raise BadParameter(**{**error.facts, "name": "thing"}) from None
    try:
        return read_thing(desk.engine, iri, desk.language, seconds=desk.seconds)
    except NotFound as error:
        advice = Text("请检查拼写，或用 search 查找。", "Check the spelling, or use search.")
        raise NotFound(**{**error.facts, "near": advice}) from None


def _property_of(thing: Thing, text: str) -> str:
    """The property of a thing that is meant, by IRI, short name or label."""
    properties = dict.fromkeys((*thing.statements, *thing.mentions))
    for iri in properties:
        names = {iri, spelt(iri), thing.labels.get(iri, ("",))[0]}
        if text.casefold() in {name.casefold() for name in names}:
            return iri
    raise BadParameter(
        name="property",
        reason=Text(f"它没有“{text}”", f"it has no '{text}'"),
        allowed=", ".join(spelt(iri) for iri in properties),
    )


def _statement(said: Statement, thing: Thing) -> dict[str, Any]:
    value = value_of(said.term, thing.labels)
    told = value if isinstance(value, dict) else {"value": value}
    return {**told, **({"inferred": True} if said.inferred else {})}


def _by_property(
    groups: Mapping[str, Sequence[Statement]], thing: Thing, shown: slice
) -> dict[str, dict[str, Any]]:
    return {
        spelt(iri): {
            **({"label": thing.labels[iri][0]} if iri in thing.labels else {}),
            "count": len(said),
            "values": [_statement(s, thing) for s in said[shown]],
        }
        for iri, said in groups.items()
    }


def _in_words(content: Mapping[str, Any], desk: Desk) -> str:
    language = desk.language
    lines = [f"{content.get('name', '')} <{content['iri']}>".strip()]
    if content["types"]:
        kinds = "; ".join(_value(value, language) for value in content["types"])
        lines.append(Text(f"类型：{kinds}", f"Types: {kinds}").in_(language))
    lines += _groups(content["statements"], language)
    if content["mentions"]:
        lines.append(Text("被提到之处：", "Mentioned in:").in_(language))
        lines += _groups(content["mentions"], language)
    if "more" in content:
        lines.append(content["more"])
    return "\n".join([*lines, release_in_words(desk.release, language)])


def _groups(groups: Mapping[str, Mapping[str, Any]], language: Language) -> list[str]:
    lines = []
    for name, group in groups.items():
        values = "; ".join(_value(value, language) for value in group["values"])
        count, here = group["count"], len(group["values"])
        part = f" [{here}/{count}]" if here < count else ""
        head = f"{group['label']} ({name})" if "label" in group else name
        lines.append(f"- {head}{part}: {values}")
    return lines


def _value(told: Mapping[str, Any], language: Language) -> str:
    text = told.get("value") or told.get("name") or f"<{told['iri']}>"
    return text + (Text("（推理）", " (inferred)").in_(language) if "inferred" in told else "")
