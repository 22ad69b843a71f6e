"""Linksets: our own, and those that people bring as CSV or SSSOM."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from conftest import DATA, Run
from mieco.errors import BadInput, MiecoError
from mieco.findings import Finding
from mieco.intake.batch import Batch, Input
from mieco.intake.link_targets import targets
from mieco.intake.linksets import is_linkset, read_linkset
from mieco.intake.registers import Named, Published
from mieco.intake.sssom import JUSTIFICATIONS, read_metadata
from mieco.progress import Progress
from mieco.releases import Releases
from mieco.terms import BASE, PREFIXES, RDF_TYPE, RDFS_LABEL

OWN = sorted((DATA / "linksets").glob("*.sssom.tsv"))
SKOS, OWL = PREFIXES["skos"], PREFIXES["owl"]
GRAPH = NamedNode(BASE + "graph/data/links/links-test")
NAMES = {
    "organisation/szu": "深圳大学",
    "organisation/szpu": "深圳职业技术大学",
    "place/changzhou": "常州市",
}


def published() -> Published:
    """Three things that can be linked, one of which is linked already."""
    things = {f"{BASE}id/{path}": Named(f"{BASE}id/{path}", name) for path, name in NAMES.items()}

    def said(thing: str, property_: str) -> list[str]:
        if thing == f"{BASE}id/organisation/szpu" and property_ == SKOS + "exactMatch":
            return ["https://ror.org/00d2w9g53"]
        if thing in things:
            return {RDF_TYPE: ["x:Kind"], RDFS_LABEL: [things[thing].zh]}.get(property_, [])
        return []

    names = {name: (things[f"{BASE}id/{path}"],) for path, name in NAMES.items()}
    return Published(things=things, said=said, names={"organisations": names})


def read(folder: Path, content: bytes | str, name: str = "links.csv") -> Batch:
    file, work = folder / name, folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    given_file = Input(file, name)
    assert is_linkset(given_file)
    return read_linkset(given_file, published(), GRAPH, work, Progress())


def found(batch: Batch) -> list[Finding]:
    return list(batch.findings.report().findings)


# ------------------------------------------------------------------------------- our own


def rows_of(path: Path) -> tuple[dict[str, str], list[dict[str, str]]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    above = [line for line in lines if line.startswith("#")]
    metadata = read_metadata(above, path.name)
    slots = ("license", "creator_label", "mapping_date", "object_source_version")
    assert all(metadata.one(slot) for slot in slots)
    rows = list(csv.DictReader(lines[len(above) :], delimiter="\t"))
    expanded = ("subject_id", "predicate_id", "object_id", "mapping_justification")
    for row in rows:
        row |= {slot: metadata.expanded(row[slot]) or "" for slot in expanded}
    return dict(metadata.prefixes), rows


def table(name: str) -> dict[str, dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def test_there_are_linksets_of_our_own() -> None:
    assert {path.name.partition(".")[0] for path in OWN} == set(targets())


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name.partition(".")[0])
def test_each_link_of_our_own_is_cited_and_leads_from_a_thing_to_an_identifier(path: Path) -> None:
    _, rows = rows_of(path)
    things = {"place": table("places"), "organisation": table("organisations")}
    target = targets()[path.name.partition(".")[0]]
    for row in rows:
        kind, key = row["subject_id"].removeprefix(f"{BASE}id/").split("/")
        assert things[kind][key]["name_zh"] == row["subject_label"]
        assert target.identifier(row["object_id"])
        assert row["object_label"]
        assert row["predicate_id"] in {SKOS + "exactMatch", SKOS + "closeMatch"}
        assert row["mapping_justification"].removeprefix(PREFIXES["semapv"]) in JUSTIFICATIONS
        assert all(each.startswith("https://") for each in row["see_also"].split("|"))
        assert re.fullmatch(r".*[一-鿿].* / .*", row["comment"]), "a reason in both languages"
    exact = [row for row in rows if row["predicate_id"] == SKOS + "exactMatch"]
    for column in ("subject_id", "object_id"):
        assert max(Counter(row[column] for row in exact).values()) == 1
    assert len({(row["subject_id"], row["object_id"]) for row in rows}) == len(rows)


def test_a_prefecture_is_matched_by_its_code_and_a_town_is_only_close() -> None:
    """GeoNames has the code of GB/T 2260 for divisions of the second order."""
    _, rows = rows_of(DATA / "linksets" / "geonames.sssom.tsv")
    places = table("places")
    levels = Counter()
    for row in rows:
        place = places[row["subject_id"].rpartition("/")[2]]
        levels[place["level"], row["predicate_id"].removeprefix(SKOS)] += 1
        if place["level"] == "prefecture":
            assert f".{place['region_code'][:4]} " in row["comment"]
    assert set(levels) == {
        ("nation", "exactMatch"),
        ("province", "exactMatch"),
        ("prefecture", "exactMatch"),
        ("county", "closeMatch"),
    }


def test_what_is_published_are_the_links_and_where_they_are_from(data_directory: Path) -> None:
    release = Releases(data_directory).current()
    store = Store.read_only(str(release.store))
    for path in OWN:
        _, rows = rows_of(path)
        graph = f"{BASE}graph/data/mieco/links-{path.name.partition('.')[0]}"
        assert release.manifest.graphs[graph] > len(rows)
        assert f"linksets/{path.name}" in release.manifest.inputs
        quads = list(store.quads_for_pattern(None, None, None, NamedNode(graph)))
        links = {
            (q.subject, q.predicate, q.object) for q in quads if q.predicate.value.startswith(SKOS)
        }
        slots = ("subject_id", "predicate_id", "object_id")
        assert links == {tuple(NamedNode(row[slot]) for slot in slots) for row in rows}


# ------------------------------------------------------------------------------ the reading

GOOD = "subject,predicate,object,justification,source,comment\n"
ROW = "深圳大学,skos:exactMatch,https://ror.org/01vy4gh70,semapv:ManualMappingCuration,,\n"
SSSOM = '''\
#curie_map:
#  org: "https://w3id.org/mieco/id/organisation/"
#  r: https://ror.org/
#license: https://creativecommons.org/publicdomain/zero/1.0/
#mapping_set_title: "单位, 大学 / Universities"
#mapping_date: 2026-01-02
subject_id\tpredicate_id\tobject_id\tmapping_justification\tcomment\trecord_id
org:szu\tskos:exactMatch\tr:01vy4gh70\tsemapv:ManualMappingCuration\t"a ""b"""\tx:1
'''


def links(batch: Batch) -> set[tuple[str, str, str]]:
    return {
        (q.subject.value, q.predicate.value, q.object.value)
        for q in parse(path=batch.file, format=RdfFormat.N_TRIPLES)
        if q.predicate.value in {SKOS + "exactMatch", OWL + "sameAs"}
    }


@pytest.mark.parametrize(
    "content",
    [
        GOOD + ROW,
        "主体,关系,客体,理由\n深圳大学,exactMatch,ror:01vy4gh70,LexicalMatching\n".encode(
            "gb18030"
        ),
        "客体；object;主体*;关系 predicate;出处\n".replace("；", " ")
        + f"https://ror.org/01vy4gh70;{BASE}id/organisation/szu;{SKOS}exactMatch;https://a.cn/\n",
        SSSOM,
        SSSOM.replace("\t", ","),
        # As a spreadsheet program saves it.
        "\ufeff"
        + "".join(
            f'"{line.replace(chr(34), chr(34) * 2)}",,,,,\n'
            if line.startswith("#  org")
            else f"{line},,,,,\n"
            if line.startswith("#")
            else line.replace("\t", ",") + "\n"
            for line in SSSOM.splitlines()
        ),
    ],
    ids=["csv", "chinese", "semicolons", "sssom", "sssom-csv", "excel"],
)
def test_a_link_is_the_same_however_it_is_written(tmp_path: Path, content: bytes | str) -> None:
    batch = read(tmp_path, content)
    assert found(batch) == []
    szu = f"{BASE}id/organisation/szu"
    assert links(batch) == {(szu, SKOS + "exactMatch", "https://ror.org/01vy4gh70")}
    assert batch.records == {"links": 1}


def test_the_metadata_of_sssom_are_kept(tmp_path: Path) -> None:
    text = read(tmp_path, SSSOM, "x.sssom.tsv").file.read_text(encoding="utf-8")
    linkset = f"<{BASE}id/linkset/links--links-test>"
    for said in (
        f"{linkset} <{PREFIXES['dcterms']}license> <https://creativecommons.org/publicdomain/zero/",
        f'{linkset} <{RDFS_LABEL}> "单位, 大学"@zh',
        f'{linkset} <{RDFS_LABEL}> "Universities"@en',
        f'<{PREFIXES["dcterms"]}created> "2026-01-02"^^<{PREFIXES["xsd"]}date>',
        '"a \\"b\\""',
    ):
        assert said in text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (GOOD.replace("object,", "") + "深圳大学,owl:sameAs,,s\n", [("column-missing", 1, "")]),
        (GOOD.replace("source", "sauce") + ROW, [("column-unknown", 1, "sauce")]),
        (GOOD + "深圳大学,,,,,x\n", ["predicate", "object", "justification"]),
        (GOOD + ROW.replace("深圳大学", "深圳大雪"), [("reference-unknown", 2, "subject")]),
        (GOOD + ROW.replace("深圳大学", f"{BASE}id/x"), [("reference-unknown", 2, "subject")]),
        (GOOD + ROW.replace("深圳大学", "https://a.cn/"), [("reference-unknown", 2, "subject")]),
        (GOOD + ROW.replace("深圳大学", "mieco:Actor"), [("reference-unknown", 2, "subject")]),
        (GOOD + ROW.replace("深圳大学", "no:x"), [("prefix-unknown", 2, "subject")]),
        (GOOD + ROW.replace("skos:exact", "rdfs:"), [("predicate-unknown", 2, "predicate")]),
        (GOOD + ROW.replace("https://ror.org/01", "x y"), [("object-iri", 2, "object")]),
        (GOOD + ROW.replace("https:", "ftp:"), [("object-iri", 2, "object")]),
        (GOOD + ROW.replace("ror.org/", "ror.org/search?q="), [("object-iri", 2, "object")]),
        (GOOD + ROW.replace("ror.org/0", "[ror.org/0"), [("object-iri", 2, "object")]),
        (GOOD + ROW.replace("https://ror.org/", BASE), [("object-own", 2, "object")]),
        (GOOD + ROW.replace("semapv:Manual", "semapv:M"), [("justification-unknown", 2, "justi")]),
        (GOOD + ROW.replace("Curation,", "Curation,s.1"), [("address", 2, "source")]),
        (GOOD + ROW + ROW, [("link-duplicate", 3, "object")]),
        (GOOD + ROW + ROW.replace("gh70", "gh71"), [("link-rival", 3, "object")]),
        (GOOD + ROW.replace("大学", "职业技术大学"), [("link-rival", 2, "object")]),
        (GOOD + ROW + ROW.replace("深圳大学", "常州市"), [("object-shared", 3, "object")]),
        ("confidence," + GOOD + "1.5," + ROW, [("cell-decimal", 2, "confidence")]),
        ("date," + GOOD + "soon," + ROW, [("cell-date", 2, "date")]),
        ("predicate modifier," + GOOD + "Not," + ROW, [("link-negated", 2, "predicate mod")]),
        ("subject label," + GOOD + "北大," + ROW, [("label-differs", 2, "subject label")]),
    ],
)
def test_what_is_wrong_is_told_at_its_cell(
    tmp_path: Path, content: str, expected: list[tuple[str, int, str] | str]
) -> None:
    findings = found(read(tmp_path, content))
    told = [(f.code, f.origin.row, f.origin.column) for f in findings if f.origin]
    if isinstance(expected[0], str):
        assert [column for _, _, column in told] == sorted(expected)  # type: ignore[type-var]
        return
    ((code, row, column),) = expected
    assert [(each[0], each[1], each[2][: len(column)]) for each in told] == [(code, row, column)]
    assert findings[0].message.zh != findings[0].message.en


def test_the_nearest_is_offered_and_the_right_form_of_an_identifier(tmp_path: Path) -> None:
    (near,) = found(read(tmp_path, GOOD + ROW.replace("深圳大学", "深圳大雪")))
    assert "深圳大学" in near.message.en
    page = ROW.replace("https://ror.org/01vy4gh70", "https://www.wikidata.org/wiki/Q7494378")
    (form,) = found(read(tmp_path, GOOD + page))
    assert "http://www.wikidata.org/entity/Q7494378" in form.hint.en


@pytest.mark.parametrize(
    "above",
    [
        "#a: &a [x,x,x]\n#b: [*a,*a,*a]\n",
        "#a: " + "[" * 2_000 + "\n",
        "#curie_map: [1, 2]\n",
        "#curie_map: {a: {b: c}}\n",
        "#license: 'x\n",
        "#a: b\n#- c\n",
        "#a: " + "x" * 200_000 + "\n",
        "#a: b\n" * 1_500,
    ],
)
def test_metadata_that_cannot_be_read_say_so(tmp_path: Path, above: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, above + GOOD + ROW)
    assert "SSSOM" in str(refused.value)


@pytest.mark.parametrize(
    "content", [b"", b"subject,predicate,object\n\0\n", b"PK\x03\x04 no zip", b'subject,"x\n']
)
def test_what_is_no_table_is_refused_or_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.sssom.tsv").write_bytes(content)
    with pytest.raises(MiecoError):
        read_linkset(
            Input(tmp_path / "a.sssom.tsv", "a.sssom.tsv"), published(), GRAPH, tmp_path, Progress()
        )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(st.text(max_size=12), min_size=3, max_size=3), max_size=4), st.booleans())
def test_no_text_in_a_cell_breaks_the_reading(
    tmp_path: Path, rows: list[list[str]], metadata: bool
) -> None:
    """Whatever stands there is read or told, and what is read is RDF."""
    lines = "".join(",".join(f'"{c.replace(chr(34), "")}"' for c in row) + "\n" for row in rows)
    text = ("#license: x\n" if metadata else "") + "subject,predicate,object\n" + lines
    (tmp_path / "x.csv").write_bytes(text.encode("utf-8", "replace"))
    try:
        batch = read_linkset(
            Input(tmp_path / "x.csv", "x.csv"), published(), GRAPH, tmp_path, Progress()
        )
    except BadInput:
        return  # characters that are not of a text
    assert len(list(batch.quads())) == batch.triples


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("links.csv", GOOD, True),
        ("my.sssom.tsv", "anything", True),
        ("agreement.csv", "编号,名称,日期\n1,x,2024\n", False),
        ("members.csv", "编号 key,单位 organisation,来源 source,说明 note\n", False),
        ("hash.csv", "#编号,名称\n1,2\n", False),
    ],
)
def test_a_linkset_is_told_from_a_sheet(
    tmp_path: Path, name: str, content: str, expected: bool
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert is_linkset(Input(tmp_path / name, name)) is expected


def test_the_command_publishes_links_and_nothing_is_inferred_from_them(
    mieco: Run, data_directory: Path, tmp_path: Path
) -> None:
    """Individuals are never merged, so that owl:sameAs copies nothing to another dataset."""
    data = tmp_path / "data"
    shutil.copytree(data_directory, data)
    file = tmp_path / "schools.csv"
    file.write_text(GOOD + "深圳大学,owl:sameAs,https://example.org/szu,,https://a.cn/,\n")
    done = mieco("import", "--json", "--by", "张三", str(file), MIECO_DATA=str(data))
    told = json.loads(done.stdout)
    assert told["graph"] == f"{BASE}graph/data/links/links-schools"
    assert told["report"]["findings"] == []
    assert told["comparison"]["inferred"] == []
    assert told["comparison"]["withdrawn"] == []
    assert told["release"] == 2
