"""The redirects that w3id.org is asked for, run by the server that w3id.org runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from conftest import Server, free_port

RULES = Path(__file__).parent.parent / "docs" / "w3id" / ".htaccess"
PLACEHOLDER = "https://mieco.example.org"
# Debian puts it where only root looks.
APACHE = shutil.which("apache2", path=f"{os.environ['PATH']}:/usr/sbin")
MODULES = Path("/usr/lib/apache2/modules")

pytestmark = pytest.mark.skipif(
    APACHE is None, reason="apache2-bin is not installed; the redirects of w3id.org need it"
)

CONFIGURATION = """
ServerRoot "{folder}"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile "{folder}/pid"
ErrorLog "{folder}/log"
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule rewrite_module {modules}/mod_rewrite.so
DocumentRoot "{folder}/w3id.org"
<Directory "{folder}/w3id.org">
  AllowOverride All
  Require all granted
</Directory>
"""


@pytest.fixture(scope="module")
def w3id(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """w3id.org with our folder, whose one line to edit names the running service."""
    assert APACHE
    folder, port = tmp_path_factory.mktemp("apache"), free_port()
    rules = folder / "w3id.org" / "mieco" / ".htaccess"
    rules.parent.mkdir(parents=True)
    text = RULES.read_text(encoding="utf-8")
    assert text.count(PLACEHOLDER) == 1
    rules.write_text(text.replace(PLACEHOLDER, server.url), encoding="utf-8")
    settings = folder / "apache.conf"
    settings.write_text(CONFIGURATION.format(folder=folder, port=port, modules=MODULES), "utf-8")
    process = subprocess.Popen(
        [APACHE, "-X", "-f", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    one = Server(f"http://127.0.0.1:{port}", process)
    try:
        await_answer(one, folder / "log")
        yield one
    finally:
        process.terminate()
        process.wait(timeout=10)


def await_answer(one: Server, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and one.process.poll() is None:
        with suppress(OSError):
            one.get("/mieco/")
            return
        time.sleep(0.05)
    pytest.fail(log.read_text("utf-8") if log.exists() else "Apache did not start")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("ontology", 302),
        ("ontology.ttl", 302),
        ("ontology/core", 302),
        ("ontology/alignment/org.rdf", 302),
        ("ontology/0.2.0", 302),
        ("ontology/0.2.0/core.ttl", 302),
        ("id/consortium/shenzhen", 303),
        ("id/consortium/shenzhen.ttl", 303),
        ("concept/grade/press", 303),
        ("source/li-2024", 303),
        ("graph/ontology", 303),
        ("release/1", 303),
        ("question/q01", 303),
        ("questions/q01?lang=en", 303),
        ("sparql?query=ASK%7B%7D", 307),
        ("graphs?graph=https%3A%2F%2Fw3id.org%2Fmieco%2Fgraph%2Fontology", 307),
        ("", 303),
    ],
)
def test_an_iri_leads_to_what_the_service_answers(
    server: Server, w3id: Server, path: str, status: int
) -> None:
    """With the same path and query, to an address that the service answers."""
    told = w3id.get(f"/mieco/{path}")
    assert told.status == status
    assert told.headers["Access-Control-Allow-Origin"] == "*"
    target = told.headers["Location"]
    assert target == f"{server.url}/{path}"
    assert server.get(target.removeprefix(server.url)).status in (200, 303)


def test_a_request_keeps_its_method(w3id: Server) -> None:
    told = w3id.post("/mieco/sparql", "ASK{}", "application/sparql-query")
    assert told.status == 307


@pytest.mark.parametrize("path", ["id/%E6%B7%B1%E5%9C%B3", "id/a%20b", "id/a%25b", "changes/1..2"])
def test_a_path_arrives_as_it_was_sent(server: Server, w3id: Server, path: str) -> None:
    target = w3id.get(f"/mieco/{path}").headers["Location"]
    assert target.lower() == f"{server.url}/{path}".lower()
