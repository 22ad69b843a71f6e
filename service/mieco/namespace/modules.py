"""The modules of a version: what each has, and its classes as a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mieco.errors import Language, NotFound, Text
from mieco.namespace.description import Section
from mieco.namespace.module_picture import ModulePicture, Tie
from mieco.namespace.pictures import Picture
from mieco.namespace.term_page import properties_of
from mieco.namespace.usage import Use
from mieco.namespace.vocabulary import Vocabulary


def find_module(vocabulary: Vocabulary, name: str) -> Section:
    """The module of that name.  Raises NotFound, which says what there is."""
    sections = {section.name: section for section in vocabulary.description.sections}
    if name in sections:
        return sections[name]
    offered = ", ".join(sections)
    raise NotFound(
        what=Text("本体模块", "module of the ontology"),
        name=name,
        near=Text(f"模块有：{offered}。", f"The modules are: {offered}."),
    )


def classes_in(section: Section) -> list[str]:
    """The classes of a module that are in use."""
    return [
        entry.term.iri
        for entry in section.terms
        if entry.term.kind == "class" and not entry.term.deprecated
    ]


def ties_of(vocabulary: Vocabulary, use: Use, section: Section) -> Mapping[str, Sequence[Tie]]:
    """Class of a module → its object properties, with the classes of their values."""
    return {
        class_: [
            Tie(each.iri, values)
            for each in properties_of(vocabulary, use, class_)
            if vocabulary.entries[each.iri].term.kind == "object property"
            for values in each.values
        ]
        for class_ in classes_in(section)
    }


def draw_module(
    vocabulary: Vocabulary, use: Use, section: Section, language: Language
) -> Picture | None:
    """The classes of a module; ``None`` if it has none."""
    classes = classes_in(section)
    if not classes:
        return None
    hierarchy = vocabulary.hierarchy("class", use.above)
    labels, ties = vocabulary.labels, ties_of(vocabulary, use, section)
    return ModulePicture(classes, hierarchy, ties, language, labels).draw()
