"""What the tests share: a published release, a running service, the command."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Page, sync_playwright
from rdflib import Graph

from few_rows import DATA, FEW, few_rows
from mieco import content
from mieco.changes import Update
from mieco.cli import main
from mieco.doctor.condition import condition_of
from mieco.publish.change import publish_change, publish_nothing
from mieco.releases import Releases

pytest_plugins = ["golden_update"]
# Others work on the machine too: that something takes long says nothing.
hypothesis_settings.register_profile(
    "shared", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("shared")

NO_SKIP = "MIECO_TEST_NO_SKIP"
# HermiT runs for two seconds at a time here: on one processor it takes no longer, and leaves
# the other to the services whose promptness is tested meanwhile.
os.environ.setdefault(
    "JAVA_TOOL_OPTIONS", "-XX:ActiveProcessorCount=1 -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
)
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# The token of the services that take changes, and the media types of the protocol.
TOKEN = "sesame"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """With MIECO_TEST_NO_SKIP a skipped test is a failed one."""
    report = yield
    if report.skipped and os.environ.get(NO_SKIP) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report


def needs(program: str, purpose: str) -> pytest.MarkDecorator:
    """Skips where a program is absent, and says what it is needed for."""
    return pytest.mark.skipif(
        shutil.which(program) is None, reason=f"{program} is not installed; {purpose} needs it"
    )


# Debian's libowlapi-java, and a Java with a compiler.
needs_owlapi = pytest.mark.skipif(
    shutil.which("javac") is None or not Path("/usr/share/java/owlapi-distribution.jar").exists(),
    reason="default-jdk-headless or libowlapi-java is not installed; the OWL API checks need both",
)


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def mieco() -> Run:
    """Runs ``mieco ARGUMENTS`` as a user does; environment variables as keywords."""

    def run(
        *arguments: str, stdin: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mieco", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=_environment(environment),
        )

    return run


@pytest.fixture(scope="session")
def called() -> Run:
    """Calls the command in this process, which has imported it: for tests of what it does."""

    def run(
        *arguments: str, stdin: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        given: dict[str, str | None] = dict.fromkeys(os.environ.keys() - _environment({}).keys())
        outcome = CliRunner().invoke(
            main, arguments, input=stdin, env={**given, **_environment(environment)}
        )
        if outcome.exception and not isinstance(outcome.exception, SystemExit):
            raise outcome.exception
        return subprocess.CompletedProcess(
            arguments, outcome.exit_code, outcome.stdout, outcome.stderr
        )

    return run


def _environment(more: dict[str, str]) -> dict[str, str]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("MIECO_", "LC_", "LANG"))}
    # Pages made before anybody asks would be in the way of tests that begin at once.
    return {**plain, "LANG": "C.UTF-8", "MIECO_WARM": "0", **more}


@pytest.fixture(scope="session")
def data_directory(mieco: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with release 1 of the project's own tables."""
    return _published(mieco, tmp_path_factory, "mieco", lambda _: DATA)


@pytest.fixture(scope="session")
def few_directory(mieco: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with release 1 of a few rows of them: not to be changed, but copied."""
    return _published(mieco, tmp_path_factory, "few", lambda folder: few_rows(folder, *FEW))


def _published(
    mieco: Run, temporary: pytest.TempPathFactory, name: str, tables: Callable[[Path], Path]
) -> Path:
    """A data directory with a release of some tables, made once for all processes of a run."""
    own = temporary.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made, whole = shared / f"{name}-making", shared / f"{name}-made"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            done = mieco("publish", str(tables(shared / f"{name}-tables")), "--data", str(made))
            assert done.returncode == 0, done.stderr
            made.rename(whole)
    return shutil.copytree(whole, temporary.mktemp(name) / "data")


@dataclass(frozen=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running service."""

    url: str
    process: subprocess.Popen[bytes]

    def get(self, path: str, accept: str | None = None, **parameters: str) -> Reply:
        if parameters:
            path += "?" + urllib.parse.urlencode(parameters)
        return self.send("GET", path, {"Accept": accept} if accept else {})

    def follow(self, path: str, accept: str | None = None, **parameters: str) -> Reply:
        """The document that the IRI of a thing leads to."""
        reply = self.get(path, accept, **parameters)
        assert reply.status == 303, reply.text
        return self.get(reply.headers["Location"].removeprefix(self.url), accept)

    def post(self, path: str, body: bytes | str, content_type: str, **headers: str) -> Reply:
        data = body.encode() if isinstance(body, str) else body
        return self.send("POST", path, {"Content-Type": content_type, **headers}, data)

    def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> Reply:
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=60) as response:
                return Reply(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.headers, error.read())

    def query(self, text: str) -> list[dict[str, str]]:
        """The rows of a SELECT query, as plain values."""
        reply = self.get("/sparql", query=text)
        assert reply.status == 200, reply.text
        rows = reply.json()["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in rows]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[Server]:
    """A service started by ``mieco serve``, ready when ``/health`` answers."""
    port = free_port()
    # Not a pipe: nobody reads it while the service runs, and a full one would stop it.
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mieco", "serve", "--port", str(port), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=_environment(environment),
        )
        server = Server(f"http://127.0.0.1:{port}", process)
        try:
            _await_health(server)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)
            log.seek(0)
            said = log.read()
            assert "Traceback" not in said, said


def _await_health(server: Server) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            pytest.fail("the service ended")
        try:
            if server.get("/health").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the service did not become ready")


def children(pid: int) -> list[int]:
    """All descendants of a process, by /proc."""
    found = []
    # A process or thread that has ended meanwhile has none.
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                for child in (thread / "children").read_text().split():
                    found += [int(child), *children(int(child))]
    return found


def damage_in(data: Path) -> list[str]:
    """What the doctor finds wrong in the releases of a data directory."""
    return [str(each) for each in condition_of(Releases(data)).damaged.items()]


@pytest.fixture(scope="session")
def server(data_directory: Path) -> Iterator[Server]:
    """The service over release 1, with a short deadline."""
    with running("--data", str(data_directory), MIECO_TIMEOUT="2", MIECO_MAX_QUERY="64") as one:
        yield one


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that holds nothing and takes changes."""
    folder = tmp_path_factory.mktemp("writable")
    with running("--data", str(folder), "--empty", MIECO_TOKEN=TOKEN) as one:
        yield one


@pytest.fixture
def store(writable: Server) -> Server:
    """The same, emptied."""
    assert writable.post("/update", "DROP ALL", UPDATE, **BEARER).status == 204
    return writable


@pytest.fixture(scope="session")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an empty release, and one made from it that holds two graphs."""
    folder = tmp_path_factory.mktemp("two") / "data"
    releases = Releases(folder)
    publish_nothing(releases)
    text = """
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        INSERT DATA {
          GRAPH <http://e/g> { <http://e/a> rdfs:label "A"@en, "甲"@zh ; <http://e/p> [] }
          GRAPH <http://e/h> { <http://e/b> <http://e/p> 1 }
        }"""
    publish_change(releases, Update(text))
    return folder


# The largest body of the service that takes imports, in megabytes.
MOST_IMPORTED = 4


@pytest.fixture(scope="module")
def import_folder(few_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory of its own, at its first release."""
    folder = tmp_path_factory.mktemp("importing") / "data"
    shutil.copytree(few_directory, folder)
    return folder


@pytest.fixture(scope="module")
def importing(import_folder: Path) -> Iterator[Server]:
    """A service of that directory, which takes imports."""
    options = {"MIECO_TOKEN": TOKEN, "MIECO_MAX_UPLOAD": str(MOST_IMPORTED)}
    with running("--data", str(import_folder), **options) as one:
        yield one


@pytest.fixture
def unchanged(importing: Server, import_folder: Path) -> Iterator[Server]:
    """The same; fails a test that changes anything, or leaves something half done behind."""
    before = importing.get("/health").json()["release"]
    yield importing
    assert importing.get("/health").json()["release"] == before
    assert Releases(import_folder).current_number() == before
    assert not (import_folder / "staging").exists()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM
        )
        yield chromium
        chromium.close()


@contextmanager
def watched(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A page of a service; a console error or a request to another host fails the test."""
    wrong: list[str] = []
    context = browser.new_context(base_url=url, **options)
    page = context.new_page()
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("request", lambda r: wrong.append(r.url) if _is_foreign(r.url, url) else None)
    yield page
    context.close()
    assert wrong == []


def _is_foreign(address: str, url: str) -> bool:
    """A picture that a page makes for saving is its own."""
    return not address.startswith((url, f"blob:{url}"))


@pytest.fixture(scope="session")
def ontology() -> Graph:
    """The modules of the ontology as one graph; not to be changed."""
    graph = Graph()
    for path in content.ontology_files().modules:
        graph.parse(path)
    return graph
