"""What the holder of a token may change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from mieco.errors import Forbidden, Text
from mieco.terms import DATA_GRAPHS, ONTOLOGY_GRAPH, QUESTIONS_GRAPH, SHAPES_GRAPH

Role = Literal["contributor", "publisher", "administrator"]

# Each may what those before it may.
ROLES: Final[Sequence[Role]] = ("contributor", "publisher", "administrator")
ROLE_NAMES: Final = {
    "contributor": Text("填报者", "contributor"),
    "publisher": Text("发布者", "publisher"),
    "administrator": Text("管理员", "administrator"),
}
# What all data rest on.
_OWN_GRAPHS = frozenset((ONTOLOGY_GRAPH, SHAPES_GRAPH, QUESTIONS_GRAPH))
_BETWEEN_SEGMENTS = re.compile(r"[/?#]|%2f", re.IGNORECASE)
_ENCODED_DOT = re.compile("%2e", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grant:
    """The graphs that may be changed.

    An administrator may change all; a publisher those of data; a contributor those of the
    ``owners`` that the token names (``https://w3id.org/mieco/graph/data/OWNER/…``), where no
    segment of what follows is empty or of dots.
    """

    role: Role
    owners: Sequence[str] = ()

    def allows(self, role: Role) -> bool:
        """May it do what a role may?"""
        return ROLES.index(self.role) >= ROLES.index(role)

    def covers(self, graph: str) -> bool:
        """May the graph of that IRI be changed?"""
        match self.role:
            case "administrator":
                return True
            case "publisher":
                return graph not in _OWN_GRAPHS
            case "contributor":
                return any(_is_of(owner, graph) for owner in self.owners)

    def demand(self, role: Role) -> None:
        """Raises Forbidden unless it may do what a role may."""
        if not self.allows(role):
            needed = ROLE_NAMES[role]
            raise Forbidden(
                reason=Text(
                    f"需要“{needed.zh}”角色，此令牌的角色是“{ROLE_NAMES[self.role].zh}”",
                    f"it needs the role {needed.en}, and the token has the role {self.role}",
                )
            )

    def demand_graph(self, graph: str) -> None:
        """Raises Forbidden unless a graph may be changed."""
        if self.covers(graph):
            return
        mine = "、".join(self.owners), ", ".join(self.owners)
        whose = Text(f"，只能写入 {mine[0]} 的图", f"; it may change the graphs of {mine[1]} only")
        raise Forbidden(
            reason=Text(
                f"此令牌不能写入图 {graph}{whose.zh if self.owners else ''}",
                f"the token may not change the graph {graph}{whose.en if self.owners else ''}",
            )
        )


def _is_of(owner: str, graph: str) -> bool:
    """Does a graph belong to an owner, also for who normalises its name?

    Others may remove dot segments (RFC 3986 §5.2.4) and decode what is encoded (§6.2.2), and
    would then find the name of somebody else's graph.
    """
    front = f"{DATA_GRAPHS}{owner}/"
    segments = _BETWEEN_SEGMENTS.split(graph.removeprefix(front))
    leading_away = {_ENCODED_DOT.sub(".", segment) for segment in segments} & {"", ".", ".."}
    return graph.startswith(front) and not leading_away


# What is done on the machine itself, by command.
OPERATOR: Final = Grant("administrator")
