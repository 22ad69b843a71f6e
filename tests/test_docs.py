"""The documents keep step with the code."""

from __future__ import annotations

import configparser
import inspect
import json
import re
import subprocess
from pathlib import Path

from conftest import Run, Server
from mieco import errors
from mieco.settings import Settings, describe

ROOT = Path(__file__).parent.parent


def test_every_setting_is_documented_with_its_default() -> None:
    table = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for variable, _, default, about in describe(Settings()):
        line = next(line for line in table.splitlines() if line.startswith(f"| `{variable}`"))
        assert about.zh in line
        assert about.en in line
        if variable not in {"MIECO_DATA", "MIECO_WORKERS"}:  # these depend on the machine
            assert f"| `{default}` |" in line or (not default and "| |" in line)
    assert table.count("| `MIECO_") == len(list(describe(Settings())))


def test_every_error_is_documented_and_codes_are_unique() -> None:
    concrete = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.MiecoError) and hasattr(kind, "code")
    ]
    codes = [kind.code for kind in concrete]
    assert len(codes) == len(set(codes))
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    for kind in concrete:
        assert f"`{kind.code}`" in page
        assert kind.__name__ in (errors.__doc__ or "")


def test_the_readme_s_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_module_stays_under_400_lines() -> None:
    modules = sorted((ROOT / "service").rglob("*.py"))
    assert [m.name for m in modules if len(m.read_text("utf-8").splitlines()) > 400] == []


def test_shell_blocks_of_the_readme_are_well_formed() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 5
    for block in blocks:
        assert subprocess.run(["bash", "-n"], input=block, text=True, check=False).returncode == 0


def test_the_examples_of_the_document_are_what_is_answered(
    mieco: Run, data_directory: Path, server: Server
) -> None:
    page = (ROOT / "docs" / "inference.md").read_text(encoding="utf-8")
    section = page.partition("## Why")[2].partition("\n## ")[0]
    examples = re.findall(r"```sh\nmieco (why [^\n]+)\n```\n\n```\n(.+?)```", section, re.DOTALL)
    assert len(examples) == 2
    for (command, shown), language in zip(examples, ("zh", "en"), strict=True):
        done = mieco(*command.split(), MIECO_DATA=str(data_directory), MIECO_LANGUAGE=language)
        assert done.stdout == shown
    (example,) = re.findall(r"```json\n(.+?)```", section, re.DOTALL)
    s, p, o = "id/record/memberships-m102", "mieco:hasGrade", "concept/grade/copy"
    answer = server.get("/why", "application/json", s=s, p=p, o=o, lang="en").json()
    assert {**json.loads(example), "release": answer["release"]} == answer


def test_every_package_is_installed() -> None:
    """A checkout works without the list; a wheel has what is in it."""
    told = configparser.ConfigParser()
    told.read(ROOT / "setup.cfg", encoding="utf-8")
    service = ROOT / "service"
    there = {
        ".".join(init.parent.relative_to(service).parts)
        for init in service.glob("mieco/**/__init__.py")
    }
    assert there <= set(told["options"]["packages"].split())
