"""Workbooks, CSV and RDF in by the command: what they become, what changes, and back again."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store

from conftest import Run
from mieco.releases import Releases
from workbooks import edited, example, put, saved, sheet_of

BASE = "https://w3id.org/mieco/"
MIECO = BASE + "ontology#"
GRAPH = BASE + "graph/data/shili-shebei/workbook"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


@pytest.fixture
def data(data_directory: Path, tmp_path: Path) -> Path:
    """A data directory of its own with release 1."""
    copy = tmp_path / "data"
    shutil.copytree(data_directory, copy)
    return copy


@pytest.fixture(scope="module")
def example_imported(
    called: Run, data_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A data directory whose release 2 holds the example workbook: not to be changed."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(data_directory, folder / "data")
    imported(called, folder / "data", str(saved(example(), folder)))
    return folder / "data"


@pytest.fixture
def filled(example_imported: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(example_imported, tmp_path / "filled")


def run(called: Run, data: Path, *arguments: str, code: int = 0) -> str:
    done = called(*arguments, MIECO_DATA=str(data))
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout


def imported(called: Run, data: Path, *arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run(called, data, "import", "--json", *arguments))
    return told


def store(data: Path) -> Store:
    return Store.read_only(str(Releases(data).current().store))


def dump(data: Path) -> bytes:
    """Every quad of the current release, in order."""
    lines: bytes = store(data).dump(format=RdfFormat.N_QUADS) or b""
    return b"\n".join(sorted(lines.splitlines()))


def asked(data: Path, pattern: str) -> list[dict[str, str]]:
    """The rows of a pattern over all graphs, by the names of their variables."""
    solutions: Any = store(data).query(
        f"PREFIX mieco: <{MIECO}> PREFIX prov: <http://www.w3.org/ns/prov#>"
        " PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"
        " PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
        " PREFIX dcterms: <http://purl.org/dc/terms/> SELECT DISTINCT * WHERE { GRAPH ?g {"
        + pattern
        + "} }"
    )
    names = [variable.value for variable in solutions.variables]
    return [{n: str(s[n].value) for n in names if s[n] is not None} for s in solutions]


def test_import_edit_import_undo_ends_in_the_same_bytes(
    called: Run, data: Path, tmp_path: Path
) -> None:
    at_first = dump(data)
    whole = imported(called, data, str(saved(example(), tmp_path)))
    assert whole["release"] == 2
    assert whole["comparison"]["counts"]["changed"] == 0
    filled = dump(data)

    change = imported(called, data, str(edited(tmp_path, "空间", 2, {"建筑面积（平方米）": 15000})))
    assert change["release"] == 3
    assert change["comparison"]["counts"] == {"removed": 0, "changed": 1, "added": 0}
    assert change["comparison"]["triples"] == {"added": 1, "removed": 1}
    thing = change["comparison"]["things"][0]
    assert thing["iri"] == BASE + "id/space/shili-shebei--sp001"
    assert [s["zh"]["value"] for s in (*thing["before"], *thing["after"])] == ["12000", "15000"]

    run(called, data, "undo")
    assert dump(data) == filled
    run(called, data, "undo")
    assert dump(data) == at_first
    assert "no release before" in called("undo", MIECO_DATA=str(data)).stderr


def test_rows_that_are_moved_change_nothing(called: Run, filled: Path, tmp_path: Path) -> None:
    book = example()
    sheet = sheet_of(book, "成员")
    sheet.insert_rows(2)  # a blank row above all members
    told = imported(called, filled, str(saved(book, tmp_path)))
    assert told["comparison"]["triples"] == {"added": 0, "removed": 0}
    assert told["release"] is None  # and so there is no new release


def test_a_removed_row_removes_its_facts_only(called: Run, filled: Path, tmp_path: Path) -> None:
    book = example()
    sheet_of(book, "政策支持").delete_rows(3)
    told = imported(called, filled, str(saved(book, tmp_path)))
    assert told["comparison"]["counts"] == {"removed": 1, "changed": 0, "added": 0}
    assert told["comparison"]["things"][0]["iri"] == BASE + "id/measure/shili-shebei--p002"
    assert told["comparison"]["facts"]["withdrawn"] > 0


def test_an_organisation_is_matched_by_name_and_by_credit_code(
    called: Run, data: Path, tmp_path: Path
) -> None:
    book = example()
    known = {"单位名称": "华为技术有限公司", "单位类型": "企业", "角色": "成员"}
    put(book, "成员", 10, 编号="m901", **known)
    told = imported(called, data, str(saved(book, tmp_path)))
    assert told["report"]["counts"]["violation"] == 0
    by_name = asked(data, f"<{BASE}id/membership/shili-shebei--m901> mieco:party ?who")
    assert [row["who"] for row in by_name] == [BASE + "id/organisation/huawei-jishu-youxiangongsi"]

    # Another consortium knows the example's school by its code, whatever it calls it.
    other = example()
    put(
        other,
        "联合体",
        2,
        代码="shili-two",
        中文名称="示例第二联合体",
        英文名称="Shili Two",
        其他名称=None,
    )
    put(other, "成员", 2, 单位名称="示例职院", 简称="示例职业技术学院")
    path = saved(other, tmp_path, "另一个.xlsx")
    told = imported(called, data, str(path))
    found = asked(data, f"<{BASE}id/membership/shili-two--m001> mieco:party ?who")
    assert [row["who"] for row in found] == [BASE + "id/organisation/shili-shebei--m001"]
    names = asked(data, f"<{BASE}id/organisation/shili-shebei--m001> rdfs:label ?name")
    assert {row["name"] for row in names} == {
        "示例职业技术学院",
        "Shili Vocational and Technical College (fictitious)",
    }
    assert "other-name" in {each["code"] for each in told["report"]["findings"]}


def test_a_renamed_school_keeps_both_names_with_their_time(called: Run, filled: Path) -> None:
    period = asked(
        filled,
        f"?p mieco:namePeriodOf <{BASE}id/organisation/shili-shebei--m001> ; rdfs:label ?name ;"
        " mieco:validFrom ?from ; mieco:validUntil ?until",
    )
    assert [(r["name"], r["from"], r["until"]) for r in period] == [
        ("示例工业学校", "1998", "2022-05")
    ]
    # Its former name finds it, in searches and in other workbooks.
    also = asked(filled, f"<{BASE}id/organisation/shili-shebei--m001> skos:altLabel ?name")
    assert "示例工业学校" in {row["name"] for row in also}


def test_where_a_batch_comes_from_is_told(called: Run, data: Path, tmp_path: Path) -> None:
    path = saved(example(), tmp_path)
    imported(called, data, str(path), "--by", "李四")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    told = asked(
        data,
        f"<{GRAPH}> prov:wasGeneratedBy ?how . ?how prov:endedAtTime ?when ;"
        " prov:wasAssociatedWith ?who , ?tool ; prov:used ?file ."
        " ?who a prov:Agent ; rdfs:label ?name . ?tool a prov:SoftwareAgent ."
        " ?file rdfs:label ?called ; dcterms:identifier ?digest",
    )
    assert [(r["name"], r["called"], r["digest"]) for r in told] == [
        ("李四", "联合体.xlsx", f"sha256:{digest}")
    ]
    listed = json.loads(run(called, data, "batch", "list", "--json"))
    batch = listed["shili-shebei/workbook"]
    assert (batch["by"], batch["files"]) == ("李四", {"联合体.xlsx": digest})
    assert batch["rows"]["members"] == 8


def test_deleting_a_batch_deletes_exactly_its_facts(
    called: Run, data: Path, tmp_path: Path
) -> None:
    def facts() -> set[str]:
        """All that is asserted or inferred, but not what a release says of itself."""
        catalogue = NamedNode(BASE + "graph/catalogue")
        return {str(q) for q in store(data) if q.graph_name != catalogue}

    before = facts()
    imported(called, data, str(saved(example(), tmp_path)))
    assert facts() > before
    run(called, data, "batch", "delete", "shili-shebei/workbook")
    assert facts() == before
    assert run(called, data, "batch", "list") == ""
    refused = called("batch", "delete", "shili-shebei/workbook", MIECO_DATA=str(data))
    assert refused.returncode == 2
    assert "shili-shebei/workbook" in refused.stderr


def as_csv(book: Any, title: str, path: Path, encoding: str, delimiter: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        for row in sheet_of(book, title).iter_rows(values_only=True):
            writer.writerow([("" if cell is None else cell) for cell in row])
    return path


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t")]
)
def test_csv_files_say_the_same_as_the_workbook(
    called: Run, filled: Path, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    book = example()
    files = [
        str(as_csv(book, sheet.title.split()[0], tmp_path / name, encoding, delimiter))
        for sheet in book.worksheets[1:-1]
        for name in [f"{sheet.title.split()[0]}.csv"]
    ]
    told = imported(called, filled, *files)
    assert told["report"]["counts"]["violation"] == 0
    assert told["comparison"]["triples"] == {"added": 0, "removed": 0}


def test_one_sheet_as_csv_is_a_batch_of_its_own(called: Run, data: Path, tmp_path: Path) -> None:
    members = tmp_path / "新成员.csv"
    members.write_text(
        "编号；单位\n",  # not the columns of any sheet
        encoding="utf-8",
    )
    assert called("import", str(members), MIECO_DATA=str(data)).returncode == 2
    members.write_text(
        "编号,单位名称,单位类型,联合体,角色,加入日期\n"
        "n1,常州某测试单位（虚构）,企业,常州新能源产教联合体,成员,二〇二四年五月\n",
        encoding="gb18030",
    )
    told = imported(called, data, str(members))
    assert told["graph"] == BASE + "graph/data/changzhou-new-energy/members"
    rows = asked(
        data,
        f"<{BASE}id/membership/changzhou-new-energy--n1> mieco:ofConsortium ?c ;"
        " mieco:validFrom ?from",
    )
    assert [(r["c"], r["from"]) for r in rows] == [
        (BASE + "id/consortium/changzhou-new-energy", "2024-05")
    ]


RDF = {
    "ttl": f"<{BASE}id/goal/x-g> a <{MIECO}SharedGoal> ; <{LABEL}> '目标'@zh .",
    "nt": f"<{BASE}id/goal/x-g> <{LABEL}> '目标'@zh .".replace("'", '"'),
    "nq": f'<{BASE}id/goal/x-g> <{LABEL}> "目标"@zh <urn:g> .',
    "trig": f"<urn:g> {{ <{BASE}id/goal/x-g> a <{MIECO}SharedGoal> ; <{LABEL}> '目标'@zh }}",
    "jsonld": json.dumps(
        {"@id": BASE + "id/goal/x-g", LABEL: {"@value": "目标", "@language": "zh"}}
    ),
    "rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    f' xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"><rdf:Description rdf:about="{BASE}id'
    '/goal/x-g"><rdfs:label xml:lang="zh">目标</rdfs:label></rdf:Description></rdf:RDF>',
}


@pytest.mark.parametrize("extension", RDF)
def test_every_rdf_format_is_taken(called: Run, data: Path, tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"goals.{extension}"
    path.write_text(RDF[extension], encoding="utf-8")
    told = imported(called, data, str(path), "--consortium", "深圳市域产教联合体")
    assert told["graph"] == BASE + "graph/data/shenzhen/rdf-goals"
    rows = asked(data, f"<{BASE}id/goal/x-g> rdfs:label ?name")
    assert {(r["g"], r["name"]) for r in rows} == {(told["graph"], "目标")}
    given_up = "graph-given-up" in {each["code"] for each in told["report"]["findings"]}
    assert given_up == (extension in ("nq", "trig"))


def test_a_broken_rdf_document_is_told_at_its_line(called: Run, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "goals.ttl"
    path.write_text("<urn:a> <urn:b> <urn:c> .\n<urn:a> urn .\n", encoding="utf-8")
    refused = called("import", str(path), "--consortium", "shenzhen", MIECO_DATA=str(data))
    assert refused.returncode == 2
    assert "goals.ttl" in refused.stderr
    assert "line 2" in refused.stderr
    assert Releases(data).current_number() == 1


def test_the_preview_publishes_nothing(called: Run, data: Path, tmp_path: Path) -> None:
    before = dump(data)
    told = imported(called, data, str(saved(example(), tmp_path)), "--preview")
    assert told["release"] is None
    assert told["comparison"]["counts"]["added"] > 50
    assert told["comparison"]["facts"]["inferred"] > 100
    assert dump(data) == before
    assert Releases(data).current_number() == 1


def test_publishing_the_tables_keeps_the_batches(called: Run, filled: Path) -> None:
    run(called, filled, "publish")
    assert "shili-shebei/workbook" in run(called, filled, "batch", "list")


@pytest.mark.parametrize(
    ("question", "column", "expected"),
    [
        (("q03", "--organisation", "示例精密零件有限公司"), "role", "member"),
        (("q56", "--consortium", "shili-shebei"), "row", "sp002"),
        (("q59",), "stated", "7"),
    ],
)
def test_the_questions_see_what_was_imported(
    called: Run, filled: Path, question: tuple[str, ...], column: str, expected: str
) -> None:
    """Though a workbook gives neither numbers of rows nor every text of the source."""
    answer = json.loads(run(called, filled, "ask", *question, "--format", "json"))
    about = [r for r in answer["rows"] if "Shili Municipal" in r["consortium"]["label"]]
    assert expected in {row[column].get("label", row[column]["value"]) for row in about}


def test_a_preview_tells_first_what_people_look_for(
    called: Run, data: Path, tmp_path: Path
) -> None:
    seen = imported(called, data, "--preview", str(saved(example(), tmp_path)))["comparison"]
    kinds = [thing["iri"].removeprefix(BASE).rpartition("/")[0] for thing in seen["things"]]
    assert kinds[0] == "id/consortium"
    assert kinds[kinds.index("source") :] == ["source"] * kinds.count("source")
    told = [fact["en"] for thing in seen["things"] for fact in thing["after"]]
    inferred = [fact["en"] for fact in seen["inferred"]]
    assert not [fact for fact in told if fact["property"] == "identifier"]
    classes = {fact["value"] for fact in (*told, *inferred) if fact["property"] == "type"}
    assert not {name for name in classes if "(PROV)" in name or "(ORG)" in name}
    # Because of a narrower one these would be told of many things.
    assert not classes & {"actor", "collective actor", "public sector", "document"}
    assert {"lead enterprise", "boundary-breaking activity"} <= classes
    assert len(inferred) < seen["facts"]["inferred"]
