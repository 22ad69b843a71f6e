"""The Python client in a fresh environment: our wheel, SPARQLWrapper, and nothing else.

It proves that the wheel has the client, and that the client needs nothing of the service;
``.ci/run`` installs the whole wheel elsewhere.
"""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from conftest import Server

ROOT = Path(__file__).parent.parent
SOURCES = ("service", "data", "ontology", "queries", "shapes")
FILES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")
CODE = """
import sys
from importlib import metadata

from mieco.client import Client, PandasMissing

client = Client(sys.argv[1], language="en")
answer = client.ask("q01", consortium="深圳市域产教联合体")
assert answer.complete and len(answer) == 3, answer
assert client.query("SELECT ?s { ?s ?p ?o } LIMIT 2").rows[1]["s"].value
assert client.query("ASK { ?s ?p ?o }") is True
assert len(client.query("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 2"))
assert client.entity(answer.rows[0]["actor"]).statements
assert client.search("Shenzhen") and client.questions()
try:
    answer.dataframe()
except PandasMissing as error:
    print(error.code)
print(*sorted(each.metadata["Name"].lower() for each in metadata.distributions()))
"""


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if "Failed to establish a new connection" in done.stderr:
        pytest.skip("the Python Package Index cannot be reached; a fresh environment needs it")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel and what the client needs."""
    folder = tmp_path_factory.mktemp("fresh")
    # Not in place: a build leaves folders behind, and what they hold gets into the next one.
    for name in SOURCES:
        left = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=left)
    for name in FILES:
        shutil.copy(ROOT / name, folder / "source")
    pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(folder / "source"))
    (wheel,) = folder.glob("mieco-*.whl")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    required = setup["options"]["install_requires"].splitlines()
    (wrapper,) = (each for each in required if each.startswith("sparqlwrapper"))
    pip("--python", str(python), "install", "--quiet", "--no-deps", str(wheel))
    pip("--python", str(python), "install", "--quiet", wrapper)
    return python


def test_it_works_where_nothing_else_is_installed(
    fresh: Path, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "use.py").write_text(CODE, encoding="utf-8")
    done = subprocess.run(
        [str(fresh), "-I", "-X", "utf8", str(tmp_path / "use.py"), server.url],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    missing, installed = done.stdout.splitlines()
    assert missing == "pandas-missing"
    assert set(installed.split()) == {"mieco", "sparqlwrapper", "rdflib", "pyparsing"}
