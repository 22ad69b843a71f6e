"""The index of names: brought up to date it holds what one that is made anew holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from mieco.search.forms import dense_of, forms_of
from mieco.search.index import FILE, index_names, is_indexed
from mieco.search.lookup import open_names
from mieco.search.pinyin import cuts, readings
from mieco.terms import BASE, GRAPH, MIECO, PREFIXES, RDF_TYPE, RDFS_LABEL

THINGS = [NamedNode(f"https://example.org/{name}") for name in "abcdef"]
LINKS = [
    NamedNode(MIECO + name)
    for name in ("locatedIn", "partOf", "concerns", "governs", "party", "namePeriodOf")
]
CLASSES = [
    NamedNode(MIECO + name)
    for name in ("Consortium", "Place", "Record", "Membership", "Enterprise", "NamePeriod")
]
TEXTS = [
    Literal("常州工学院", language="zh"),
    Literal("重庆", language="zh"),
    Literal("Canton", language="en"),
    Literal("吕梁"),
    Literal("!?"),
    Literal("  "),
]
NAMING = [
    NamedNode(RDFS_LABEL),
    NamedNode(PREFIXES["skos"] + "altLabel"),
    NamedNode(MIECO + "nameAsWritten"),
    NamedNode(MIECO + "creditCode"),
]
LEVEL = NamedNode(MIECO + "placeLevel")
PROVINCE = NamedNode(BASE + "concept/place-level/province")
GRAPHS = [NamedNode(GRAPH + name) for name in ("data/x", "inferred", "shapes")]

quads = st.one_of(
    st.builds(Quad, *map(st.sampled_from, (THINGS, NAMING, TEXTS, GRAPHS))),
    st.builds(Quad, *map(st.sampled_from, (THINGS, LINKS, THINGS, GRAPHS))),
    st.builds(Quad, *map(st.sampled_from, (THINGS, [NamedNode(RDF_TYPE)], CLASSES, GRAPHS))),
    st.builds(Quad, *map(st.sampled_from, (THINGS, [LEVEL], [PROVINCE], GRAPHS))),
)


def held(path: Path) -> list[object]:
    """What an index holds, but for the numbers that it gives."""
    base = sqlite3.connect(path)
    try:
        things = base.execute("SELECT * FROM thing ORDER BY iri").fetchall()
        content: list[object] = []
        for number, *thing in things:
            first = (number * 1024, number * 1024 + 1023)
            content.append(
                (
                    thing,
                    base.execute(
                        "SELECT text, language, kind, dense FROM name WHERE id BETWEEN ? AND ?"
                        " ORDER BY id",
                        first,
                    ).fetchall(),
                    sorted(
                        base.execute(
                            "SELECT 'class', iri FROM class JOIN term ON id = term WHERE thing = ?1"
                            " UNION ALL"
                            " SELECT 'located', iri FROM located JOIN term ON id = term"
                            " WHERE thing = ?1",
                            (number,),
                        )
                    ),
                )
            )
        content.append(sorted(base.execute("SELECT term, doc FROM vocabulary")))
        base.execute("CREATE VIRTUAL TABLE temp.spoken USING fts5vocab(main, reading, row)")
        content.append(sorted(base.execute("SELECT term, doc, cnt FROM temp.spoken")))
        return content
    finally:
        base.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sets(quads, max_size=12), st.sets(quads, max_size=6)), max_size=4))
def test_an_index_brought_up_to_date_is_one_made_anew(
    changes: list[tuple[set[Quad], set[Quad]]],
) -> None:
    with TemporaryDirectory() as folder:
        store = Store()
        before = Path(folder) / "0"
        before.mkdir()
        index_names(store, before, None, None)
        for number, (added, removed) in enumerate(changes, start=1):
            old = set(store)
            for quad in removed:
                store.remove(quad)
            store.extend(added)
            now = set(store)
            after, anew = Path(folder) / f"{number}", Path(folder) / f"{number}-anew"
            after.mkdir()
            anew.mkdir()
            index_names(store, after, before, changed(old, now))
            index_names(store, anew, None, None)
            assert held(after / FILE) == held(anew / FILE)
            before = after


def changed(old: Iterable[Quad], now: Iterable[Quad]) -> set[Quad]:
    return set(old) ^ set(now)


def test_an_index_that_another_version_made_is_made_anew(tmp_path: Path) -> None:
    store = Store()
    store.add(Quad(THINGS[0], NAMING[0], TEXTS[0], GRAPHS[0]))
    for name, text in (("old", "UPDATE about SET version = '0'"), ("odd", "DROP TABLE about")):
        before, after = tmp_path / name, tmp_path / f"{name}-after"
        before.mkdir()
        after.mkdir()
        index_names(Store(), before, None, None)
        base = sqlite3.connect(before / FILE)
        base.execute(text)
        base.commit()
        base.close()
        index_names(store, after, before, [])
        assert len(open_names(after).by_name("常州工学院")) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("重庆", "chongqing"),
        ("长沙市", "changshashi"),
        ("六安", "luan"),
        ("乐清市", "yueqingshi"),
        ("厦门大学", "xiamendaxue"),
        ("吕梁", "lvliang"),
        ("吕梁", "luliang"),
        ("银行", "yinhang"),
        ("兰州LS集团2024", "lanzhoulsjituan2024"),
        ("Canton", ""),
    ],
)
def test_names_are_read_as_people_read_them(name: str, said: str) -> None:
    spoken = {"".join(reading) for reading in readings(name)}
    assert said in spoken if said else not spoken


def test_letters_are_cut_into_syllables_in_every_way() -> None:
    assert cuts("xian") == [("xian",), ("xi", "an"), ("xia", "n"), ("xi", "a", "n")]
    assert cuts("changzhoux")[0] == ("chang", "zhou", "x")
    assert cuts("qqq") == []
    assert cuts("x" * 500) == []


@given(st.text(max_size=60))
def test_forms_are_those_of_the_dense_name(name: str) -> None:
    dense = dense_of(name)
    assert dense_of(dense) == dense
    assert forms_of(name).dense == dense
    assert all(term.strip() and " " not in term for term in forms_of(name).terms)


def test_an_index_in_a_folder_of_a_relative_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of ``mieco serve --data here``: every page that finds by name failed there."""
    index_names(Store(), tmp_path, None, None)
    monkeypatch.chdir(tmp_path.parent)
    assert is_indexed(Path(tmp_path.name))
