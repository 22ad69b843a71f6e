"""Every parser of foreign bytes, fed what is almost right.

    python tests/fuzz.py --seconds 60                 # so long for each parser
    python tests/fuzz.py --seconds 600 --only rdf xlsx

Begins with right documents and changes some bytes, cuts, repeats and joins them.  A parser may take
what it gets or refuse it with an error of ours, in time; anything else is a fault, and what led
to it is written to ``--into``.  Prints how many were taken and refused, as JSON; the exit code is 1
if there was a fault.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import random
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from pyoxigraph import NamedNode, RdfFormat, Store, serialize

from mieco import checksums
from mieco.access.tokens import Tokens
from mieco.audit import Actor, AuditLog
from mieco.deliveries import Upload
from mieco.engine.rewriting.rewriting import rewritten
from mieco.engine.rewriting.sizes import Sizes
from mieco.engine.tokens import operations, split_prologue, tokens, without_comments
from mieco.engine.transcoding import transcoded, whole
from mieco.errors import MiecoError
from mieco.intake.batch import Input
from mieco.intake.delimited import read_records
from mieco.intake.documents import format_of, read_documents
from mieco.intake.values import Unfit, boolean, date, decimal, integer, plain
from mieco.intake.xlsx import read_workbook
from mieco.present.formats import GRAPH_FORMATS, SOLUTION_FORMATS, negotiate
from mieco.present.spreadsheet_csv import for_spreadsheets
from mieco.progress import Progress
from mieco.reconcile.requests import read_batch, read_draft_batch, read_single
from mieco.releases import Manifest
from mieco.web.reader import choose_language

# Longer than this no input of so few kilobytes may take.
_SECONDS = 10
# What a parser of this module may say that it cannot read something.
_REFUSALS: tuple[type[Exception], ...] = (MiecoError,)
_ROOT = Path(__file__).parent.parent
_SIGNS = b"\0\n\r\t \"'<>{}[]()&;:=,.%#@!*+-/\\\xff\xfe\xef\xbb\xbf\xe4\xb8\xad"


@dataclass(frozen=True)
class Target:
    """A parser, right documents to begin with, and what it raises for wrong ones."""

    name: str
    corpus: Sequence[bytes]
    parse: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = _REFUSALS


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="for each parser")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="names of parsers")
    parser.add_argument("--into", type=Path, default=Path(tempfile.gettempdir()) / "mieco-fuzz")
    options = parser.parse_args()
    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for target in targets(Path(folder)):
            if not options.only or target.name in options.only:
                told[target.name] = fuzz(target, options.seconds, options.seed, options.into)
    json.dump(told, sys.stdout, indent=1)
    sys.stdout.write("\n")
    sys.exit(1 if any(each["faults"] for each in told.values()) else 0)


def fuzz(target: Target, seconds: float, seed: int, into: Path, most: int = 0) -> dict[str, Any]:
    """How many inputs were taken, refused and faulty within so many seconds, or after so many."""
    randomly = random.Random(f"{seed} {target.name}")
    seen, faults = Counter[str](), Counter[str]()
    for text in target.corpus:
        with limited():
            target.parse(text)  # what is right is taken
    latest = time.monotonic() + seconds
    while time.monotonic() < latest and (not most or seen.total() < most):
        text = spoilt(randomly, target.corpus)
        try:
            with limited():
                target.parse(text)
            seen["taken"] += 1
        except target.refusals:
            seen["refused"] += 1
        except Exception as error:  # noqa: BLE001 (that is what is looked for)
            seen["faults"] += 1
            kind = f"{type(error).__name__}: {str(error)[:100]}"
            if kind not in faults:
                into.mkdir(parents=True, exist_ok=True)
                digest = hashlib.sha256(text).hexdigest()[:12]
                (into / f"{target.name}-{digest}").write_bytes(text)
            faults[kind] += 1
    return {**{kind: seen[kind] for kind in ("taken", "refused")}, "faults": dict(faults)}


@contextmanager
def limited() -> Iterator[None]:
    """Raises TimeoutError within the context if it lasts too long."""

    def late(*_: object) -> None:
        raise TimeoutError(f"longer than {_SECONDS} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


def spoilt(randomly: random.Random, corpus: Sequence[bytes]) -> bytes:
    """A right document with something wrong."""
    text = bytearray(randomly.choice(corpus))
    for _ in range(randomly.choice((1, 1, 1, 2, 4, 16))):
        at = randomly.randrange(len(text) + 1)
        size = min(len(text) - at, randomly.choice((1, 1, 2, 8, 64, 1024)))
        match randomly.randrange(8):
            case 0:
                text[at : at + size] = b""
            case 1:
                text[at:at] = bytes(randomly.choices(_SIGNS, k=size or 1))
            case 2:
                text[at : at + 1] = bytes((randomly.randrange(256),))
            case 3:
                text[at:at] = text[at : at + size] * randomly.choice((1, 2, 50))
            case 4:
                del text[at:]
            case 5:
                other = randomly.choice(corpus)
                start = randomly.randrange(len(other) + 1)
                text[at : at + size] = other[start : start + size]
            case 6:
                text[at : at + size] = text[at : at + size][::-1]
            case 7:
                text[at:at] = str(randomly.choice((0, -1, 2**31, 2**64, 10**40, 1e308))).encode()
    return bytes(text[: 1 << 18])


def targets(folder: Path) -> Iterator[Target]:
    """Every parser; ``folder`` takes the files that some of them read."""
    yield from _of_queries()
    yield from _of_deliveries(folder)
    yield from _of_requests()
    yield from _of_our_own_files(folder)
    yield from _of_engines()


def _of_queries() -> Iterator[Target]:
    queries = [path.read_bytes() for path in sorted((_ROOT / "queries").rglob("*.rq"))]

    def read(text: bytes) -> None:
        query = text.decode("utf-8", "replace")
        list(tokens(query))
        without_comments(query)
        split_prologue(query)
        operations(query)

    yield Target("sparql-tokens", queries, read)
    rewrite = lambda text: rewritten(text.decode("utf-8", "replace"), Sizes())  # noqa: E731
    yield Target("sparql-rewriting", queries, rewrite)


def _of_deliveries(folder: Path) -> Iterator[Target]:
    graph = NamedNode("https://w3id.org/mieco/graph/data/x/y")
    turtle = (_ROOT / "ontology" / "core.ttl").read_bytes()[:6000].rpartition(b" .\n")[0] + b" .\n"
    store = Store()
    store.bulk_load(turtle, format=_format("ttl"))
    corpus = {"ttl": turtle}
    for name in ("nt", "rdf", "jsonld", "trig", "nq"):
        out = io.BytesIO()
        if name in ("trig", "nq"):
            store.dump(out, _format(name))
        else:
            serialize((quad.triple for quad in store), out, _format(name))
        corpus[name] = out.getvalue()

    def document(name: str) -> Callable[[bytes], object]:
        path = folder / f"document.{name}"

        def parse(text: bytes) -> None:
            path.write_bytes(text)
            batch = read_documents([Input(path, path.name)], graph, folder, Progress())
            batch.findings.report()

        return parse

    for name, text in corpus.items():
        yield Target(f"rdf-{name}", [text], document(name))

    def workbook(text: bytes) -> None:
        path = folder / "book.xlsx"
        path.write_bytes(text)
        for sheet in read_workbook(path, path.name):
            list(sheet.rows)

    yield Target("xlsx", [_workbook()], workbook)
    yield Target("xlsx-parts", [_workbook()], _spoiling_parts(workbook))
    tables = [_lines(path.read_bytes(), 4000) for path in sorted((_ROOT / "data").glob("*.csv"))]
    tables += [text.decode("utf-8", "ignore").encode("gb18030") for text in tables[:3]]
    yield Target("csv", tables, lambda b: list(read_records(io.BytesIO(b), "x.csv")))
    values = [b"12,345.6", b"2024-05-17", "2024年5月".encode(), b"yes", "１２".encode(), b"1e5"]

    def value(text: bytes) -> None:
        for read in (integer, decimal, date, boolean, plain):
            with suppress(Unfit):
                read(text.decode("utf-8", "replace"))

    yield Target("values", values, value)


def _of_requests() -> Iterator[Target]:
    accepts = [b"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", b"text/turtle;q=0.5, */*;q=0"]

    def accept(text: bytes) -> None:
        for formats in (SOLUTION_FORMATS, GRAPH_FORMATS):
            negotiate(text.decode("latin-1"), formats)
        choose_language(text.decode("latin-1"), None, text.decode("latin-1"))

    yield Target("accept", accepts, accept)
    query = {
        "query": "深圳",
        "type": "Consortium",
        "limit": 3,
        "properties": [{"pid": "a", "v": "b"}],
    }
    batch = json.dumps({"q0": query, "q1": query}).encode()

    def reconcile(text: bytes) -> None:
        for read in (read_batch, read_single, read_draft_batch):
            try:
                read(text.decode("utf-8", "replace"))
            except MiecoError:
                continue

    yield Target("reconcile", [batch, json.dumps(query).encode()], reconcile)
    rows = io.StringIO()
    csv.writer(rows).writerows([["a", "b"], ["=1", "x\ny"], ['"', "中"]])
    yield Target(
        "csv-for-spreadsheets",
        [rows.getvalue().encode()],
        lambda b: list(for_spreadsheets([b[:7], b[7:]])),
        (UnicodeDecodeError, csv.Error),
    )


def _of_our_own_files(folder: Path) -> Iterator[Target]:
    """A damaged file of ours is foreign bytes too."""
    made = folder / "own"
    made.mkdir()
    Tokens(made).create("x", "contributor", ["shenzhen"], 5)
    log = AuditLog(made)
    for number in range(3):
        log.add(Actor("甲", "publisher"), "x", n=number)

    def read_tokens(text: bytes) -> None:
        (made / "tokens.json").write_bytes(text)
        Tokens(made).all()

    yield Target("tokens.json", [(made / "tokens.json").read_bytes()], read_tokens)

    def read_log(text: bytes) -> None:
        (made / "audit.jsonl").write_bytes(text)
        list(log.entries())
        list(log.faults())
        log.add(Actor("甲", "publisher"), "next")

    yield Target("audit.jsonl", [(made / "audit.jsonl").read_bytes()], read_log)
    manifest = {
        "number": 2,
        "created": "2026-01-01T00:00:00+00:00",
        "version": "0.1.0",
        "triples": 5,
        "graphs": {"a:b": 5},
        "records": {},
        "inputs": {},
        "before": 1,
        "batches": {},
    }
    known = (ValueError, KeyError, TypeError, RecursionError, AttributeError)
    text = json.dumps(manifest).encode()
    yield Target("manifest.json", [text], lambda b: Manifest.of_json(b.decode("utf-8")), known)
    sums = {"store/1.sst": {"size": 5, "sha256": "0" * 64}}
    text = json.dumps(sums).encode()
    yield Target("checksums.json", [text], lambda b: checksums.of_json(json.loads(b)), known)
    upload = {
        "id": "x",
        "received": "2026",
        "consortium": "",
        "batch": "",
        "by": "",
        "files": [{"name": "a", "sha256": "0", "bytes": 1}],
        "grant": {"role": "publisher", "owners": []},
    }
    text = json.dumps(upload).encode()
    yield Target("delivery.json", [text], lambda b: Upload.of_json(b.decode("utf-8")), known)


def _of_engines() -> Iterator[Target]:
    """What an engine of others sends."""
    results = {
        "application/sparql-results+json": json.dumps(
            {
                "head": {"vars": ["a"]},
                "results": {
                    "bindings": [{"a": {"type": "literal", "value": "x", "xml:lang": "zh"}}]
                },
            }
        ),
        "application/sparql-results+xml": (
            '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
            '<variable name="a"/></head><results><result><binding name="a"><uri>a:b</uri></binding>'
            "</result></results></sparql>"
        ),
    }
    for media_type, text in results.items():
        name = media_type.rpartition("+")[2]

        def read(sent: bytes, media_type: str = media_type) -> None:
            sound = whole(iter([sent[:9], sent[9:]]), media_type, "http://e/")
            pieces, leave = transcoded(sound, "solutions", media_type, "text/csv", "http://e/")
            try:
                list(pieces)
            finally:
                leave()

        yield Target(f"engine-{name}", [text.encode()], read)


def _format(name: str) -> RdfFormat:
    found = format_of(f"x.{name}")
    assert found is not None
    return found


def _lines(text: bytes, size: int) -> bytes:
    """The first whole lines of so many bytes."""
    return text[:size].rpartition(b"\n")[0] + b"\n"


def _workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["名称", "数", "日"], ["甲", 1.5, "2024-05-17"], ["=1+1", True, None]):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def _spoiling_parts(parse: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Spoils a part of the workbook instead of the archive, which its checksums protect."""
    randomly = random.Random(1)

    def spoil(given: bytes) -> object:
        whole_one, out = zipfile.ZipFile(io.BytesIO(_workbook())), io.BytesIO()
        names = whole_one.namelist()
        wrong = names[hashlib.sha256(given).digest()[0] % len(names)]
        right = given == _workbook()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                part = whole_one.read(name)
                archive.writestr(
                    name, spoilt(randomly, [part]) if name == wrong and not right else part
                )
        return parse(out.getvalue())

    return spoil


if __name__ == "__main__":
    main()
