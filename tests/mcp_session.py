"""A client of ``mieco mcp`` for the tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult, Tool

from mieco.mcp.toolbox import own_questions

QUESTIONS, NAMES = own_questions()
SHENZHEN = "深圳市域产教联合体"


class Session:
    """A client of ``mieco mcp``, to be used from plain functions."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self.portal = portal
        self.client = client

    def tools(self) -> dict[str, Tool]:
        return {tool.name: tool for tool in self.portal.call(self.client.list_tools).tools}

    def call(self, name: str, /, **arguments: Any) -> CallToolResult:
        result = self.portal.call(self.client.call_tool, name, arguments)
        assert isinstance(result, CallToolResult)
        return result

    def told(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The structured answer of a call that went well."""
        result = self.call(name, **arguments)
        assert not result.is_error, text_of(result)
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    def refused(self, name: str, /, **arguments: Any) -> str:
        """The words of a call that did not."""
        result = self.call(name, **arguments)
        assert result.is_error, text_of(result)
        assert "Traceback" not in text_of(result)
        return text_of(result)


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert block.type == "text"
    return block.text


@contextmanager
def session(
    log: Path, *arguments: str, mode: str = "auto", **environment: str
) -> Iterator[Session]:
    """The real command behind the SDK's own client; what it says on standard error is calm."""
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "mieco", "mcp", *arguments],
        env={"LANG": "C.UTF-8", **environment},
    )
    with log.open("w") as errors, start_blocking_portal() as portal:
        client = Client(stdio_client(parameters, errors), mode=mode)  # type: ignore[arg-type]
        with portal.wrap_async_context_manager(client) as opened:
            yield Session(portal, opened)
    said = log.read_text()
    assert "Traceback" not in said, said
