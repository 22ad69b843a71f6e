"""The finder of each release, at hand for whoever searches in it."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import Store

from mieco.by_release import ByRelease
from mieco.releases import Release
from mieco.search.finding import Finder, Sought
from mieco.search.found_forms import telling
from mieco.search.index import index_names, is_indexed
from mieco.search.lookup import Names, copied_names, open_names
from mieco.temporary import temporary_folder


class Finders:
    """The finders of releases, each opened once.  Thread-safe."""

    def __init__(self) -> None:
        self._kept: ByRelease[Finder] = ByRelease()

    def of(self, release: Release, *, seconds: float) -> Finder:
        """The finder of a release.  Raises Overloaded if others wait for it longer than this."""
        return self._kept.of(release, lambda: Finder(_names_of(release)), seconds=seconds)

    def hits(
        self, release: Release, text: str, most: int, *, seconds: float
    ) -> list[tuple[str, float, str, str]]:
        """What is found in a release, the best first: IRI, score, the name that matched, language.

        The score is 1 at best.  Raises Overloaded as :meth:`of` does.
        """
        found = self.of(release, seconds=seconds).find(Sought(text), most=most)
        names = [(hit, telling(hit)[0].name) for hit in found.hits]
        return [
            (hit.thing.iri, 1 / (1 + hit.cost), name.text, name.language) for hit, name in names
        ]


def _names_of(release: Release) -> Names:
    """The index of a release.  Where another version made it, or none, there is one in passing:
    nobody writes in a release."""
    if is_indexed(release.folder):
        return open_names(release.folder)
    with temporary_folder() as folder:
        index_names(Store.read_only(str(release.store)), Path(folder), None, None)
        return copied_names(Path(folder))
