"""Every row of every source table arrives, once, with its source."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from conftest import DATA, Run, Server
from few_rows import few_rows

PREFIXES = """
PREFIX mieco: <https://w3id.org/mieco/ontology#>
PREFIX prov: <http://www.w3.org/ns/prov#>
"""
DATA_GRAPH = "https://w3id.org/mieco/graph/data/mieco/public"


# The tables that came of the facts as they were collected.
FACTS = (
    *("governance", "alliances", "spaces", "scenarios", "goals", "activities", "documents"),
    *("measures", "observations", "contributions", "achievements"),
)
RECORDED = (
    *("consortia", "memberships", "targets", "recognitions", "policies", "requirements"),
    *("codings", "coordinates", *FACTS),
)


def rows(table: str) -> list[dict[str, str]]:
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("table", RECORDED)
def test_every_row_arrives_once(server: Server, table: str) -> None:
    count = len(rows(table))
    found = server.query(
        PREFIXES
        + f"""
        SELECT ?record ?thing ?row WHERE {{
          GRAPH <{DATA_GRAPH}> {{
            ?record a mieco:Record ; mieco:tableName "{table}" ;
                    mieco:rowNumber ?row ; mieco:describes ?thing .
          }}
        }}"""
    )
    assert len(found) == count > 0
    assert {int(row["row"]) for row in found} == set(range(2, count + 2))
    assert len({row["thing"] for row in found}) == count
    keys = {row["thing"].rsplit("/", 1)[1] for row in found}
    assert keys == {row["key"] for row in rows(table)}


def test_the_tables_have_lost_nothing() -> None:
    assert [len(rows(t)) for t in ("consortia", "memberships", "targets")] == [66, 360, 41]
    keys = [row["key"] for table in FACTS for row in rows(table)]
    keys += [key for row in rows("policies") for key in (row["key"], *row["facts"].split(";"))]
    collected = [key for key in keys if key.startswith("f") and key[1:].isdigit()]
    assert sorted(collected) == [f"f{number:03}" for number in range(1, 194)]


def test_every_record_has_the_sources_of_its_row(server: Server) -> None:
    found = server.query(
        PREFIXES
        + """
        SELECT ?table ?row ?source WHERE {
          ?record mieco:tableName ?table ; mieco:rowNumber ?row ;
                  prov:wasDerivedFrom ?source .
        }"""
    )
    arrived = {(r["table"], int(r["row"]), r["source"].rsplit("/", 1)[1]) for r in found}
    expected = {
        (table, number, source)
        for table in RECORDED
        for number, row in enumerate(rows(table), start=2)
        for source in row["sources"].split(";")
        if source
    }
    assert arrived == expected


def test_members_and_participants_are_told_apart(server: Server) -> None:
    expected = Counter(row["statement"] for row in rows("memberships"))
    assert expected == {"member": 198, "participant": 162}
    for statement, kind in (("member", "Membership"), ("participant", "Participation")):
        found = server.query(PREFIXES + f"SELECT (COUNT(*) AS ?n) {{ ?x a mieco:{kind} }}")
        assert int(found[0]["n"]) == expected[statement]


@pytest.mark.parametrize("table", FACTS)
def test_every_cell_of_a_fact_arrives(server: Server, table: str) -> None:
    found = server.query(
        PREFIXES
        + f"""
        PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT ?key ?zh ?en ?said ?text ?value ?unit WHERE {{
          ?record mieco:tableName "{table}" ; mieco:describes ?fact .
          ?fact dcterms:identifier ?key ; rdfs:label ?zh, ?en .
          FILTER (LANG(?zh) = "zh" && LANG(?en) = "en")
          OPTIONAL {{ ?fact dcterms:description ?said FILTER (LANG(?said) = "zh") }}
          OPTIONAL {{ ?fact mieco:dateText ?text }}
          OPTIONAL {{ ?fact mieco:value ?value }}
          OPTIONAL {{ ?fact mieco:unitText ?unit }}
        }}"""
    )
    by_key = {row["key"]: row for row in found}
    assert len(by_key) == len(found) == len(rows(table))
    for row in rows(table):
        there = by_key[row["key"]]
        assert (there["zh"], there["en"]) == (row["name_zh"], row["name_en"])
        assert there.get("said", "") == row["description_zh"]
        assert there.get("text", "") == row.get("date_text", "")
        assert there.get("unit", "") == row.get("unit_text", "")
        assert float(there.get("value", "nan")) == pytest.approx(
            float(row.get("value") or "nan"), nan_ok=True
        )


def test_a_triple_in_two_graphs_counts_once(server: Server) -> None:
    """The default graph is the merged set: sums over it are right."""
    counted = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    distinct = server.query("SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }")
    assert counted == distinct


def test_nothing_inferred_is_asserted_and_nothing_anonymous(server: Server) -> None:
    inferred = "GRAPH <https://w3id.org/mieco/graph/inferred> { ?s ?p ?o }"
    assert server.query(f"SELECT (COUNT(*) AS ?n) {{ {inferred} }}")[0]["n"] != "0"
    again = f"{inferred} GRAPH ?g {{ ?s ?p ?o }} FILTER (!STRENDS(STR(?g), '/inferred'))"
    assert server.query(f"SELECT * {{ {again} }} LIMIT 1") == []
    assert server.query(f"SELECT * {{ {inferred} FILTER (isBlank(?s) || isBlank(?o)) }}") == []


def test_publishing_the_same_again_keeps_the_release(mieco: Run, data_directory: Path) -> None:
    done = mieco("publish", "--data", str(data_directory))
    assert done.returncode == 0
    assert "nothing has changed" in done.stderr
    assert (data_directory / "current").read_text() == "1\n"


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Few rows of the source tables, to be spoilt and published."""
    return few_rows(tmp_path / "tables", "role/lead", "Guangdong")


def test_data_that_break_a_shape_are_refused_and_nothing_changes(
    called: Run, few_directory: Path, tables: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(few_directory, folder)
    table = tables / "memberships.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace("role/lead", "role/no-such-role", 1),
        encoding="utf-8",
    )
    before = sorted(p.name for p in folder.rglob("*"))
    refused = called("publish", str(tables), "--data", str(folder))
    assert refused.returncode == 1
    assert "1 places" in refused.stderr
    assert sorted(p.name for p in folder.rglob("*")) == before
    checked = called("check", str(tables))
    assert checked.returncode == 1
    assert checked.stdout.startswith("memberships.csv, row 2, column roles: violation:")
    said = json.loads(called("check", str(tables), "--json").stdout)["findings"]
    assert [(f["file"], f["row"], f["column"]) for f in said] == [("memberships.csv", 2, "roles")]


def test_a_changed_table_makes_the_next_release(
    called: Run, few_directory: Path, tables: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(few_directory, folder)
    table = tables / "places.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("Guangdong", "Canton"), "utf-8")
    assert called("publish", str(tables), "--data", str(folder)).returncode == 0
    assert (folder / "current").read_text() == "2\n"
    assert (folder / "releases" / "1" / "manifest.json").exists()


CHANGES = """
import gc, sys
from pathlib import Path
from pyoxigraph import Store
from mieco.changes import Update
from mieco.publish.change import publish_change
from mieco.publish.tables import publish_tables as publish
from mieco.releases import Releases
gc.disable()
releases = Releases(Path(sys.argv[1]))
for text in ("INSERT DATA { GRAPH <urn:x> { <urn:a> <urn:b> 1 } }", "CLEAR GRAPH <urn:x>"):
    publish_change(releases, Update(text))
    assert not any(isinstance(each, Store) for each in gc.get_objects()), text
publish(releases, Path(sys.argv[2]), lambda _: None)
assert not any(isinstance(each, Store) for each in gc.get_objects()), "publish"
"""


def test_the_store_is_closed_before_its_folder_is_moved(
    few_directory: Path, tables: Path, tmp_path: Path
) -> None:
    """An open one may still be deleting files of its own."""
    folder = tmp_path / "data"
    shutil.copytree(few_directory, folder)
    command = [sys.executable, "-c", CHANGES, str(folder), str(tables)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_two_publishers_at_once_take_turns(mieco: Run, tables: Path, tmp_path: Path) -> None:
    done = []

    def publish() -> None:
        done.append(mieco("publish", str(tables), "--data", str(tmp_path / "data")).returncode)

    publishers = [threading.Thread(target=publish) for _ in range(2)]
    for publisher in publishers:
        publisher.start()
    for publisher in publishers:
        publisher.join()
    assert done == [0, 0]
    assert [p.name for p in (tmp_path / "data" / "releases").iterdir()] == ["1"]
