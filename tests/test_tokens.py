"""SPARQL as tokens: what stands in strings, comments and names is never taken for a clause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from mieco.engine.dataset import dataset_of_query
from mieco.engine.service import service_clauses
from mieco.engine.tokens import has_word, operations, outer, resolve, split_prologue, tokens

# What a text may hold without any word of its own, though it looks as if it had one.
DISGUISES = (
    *('"FROM <http://no>"', "'FROM'", '"""FROM " FROM"""', "'''FROM ' FROM'''", '"\\"FROM"'),
    *("<http://a/FROM>", "?FROM", "$from", "ex:FROM", "from:x", "_:from", ":from", "'x'@from"),
    *("# FROM <http://no>\n", "ex:a\\-FROM", "ex:from.from", "1.0e1"),
)


@given(st.lists(st.sampled_from(DISGUISES), max_size=8).map(" ".join))
def test_a_disguised_word_is_not_found(text: str) -> None:
    assert not has_word(text, "FROM")
    assert has_word(f"{text} From", "FROM")


@given(st.text(alphabet="\"'#<>{}()[];:.?@\\^|&!= \nab1FROM_é中", max_size=60))
def test_tokens_stand_where_they_say_and_in_order(text: str) -> None:
    last = 0
    for token in tokens(text):
        assert last <= token.start < token.end <= len(text)
        assert text[token.start : token.end].upper() == token.text.upper()
        last = token.end
    list(outer(text))
    split_prologue(text)


OPERATIONS = (
    'INSERT DATA { ex:a ex:p "; DROP ALL" }',
    "DELETE WHERE { ex:a ex:p ?o }",
    "INSERT { ex:b ex:p ?o } USING ex:g WHERE { ?s ex:p ?o ; ex:q ?q }",
    "CLEAR SILENT GRAPH ex:g",
    "INSERT DATA { GRAPH ex:g { ex:a ex:p 1 ; ex:q 2 } }",
)
DECLARATIONS = ("", "PREFIX other: <http://other/>\n", "BASE <http://base/> # ; not here\n")


@given(
    st.lists(
        st.tuples(st.sampled_from(DECLARATIONS), st.sampled_from(OPERATIONS)),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["", " ", " ;", " ; # the end ;"]),
)
def test_operations_one_by_one_do_what_the_request_does(
    parts: list[tuple[str, str]], end: str
) -> None:
    """Each keeps its length and its place; made in turn they leave the same data behind."""
    prologue = "PREFIX ex: <http://example.org/>\n"
    text = prologue + " ;\n".join(d + o for d, o in parts) + end
    found = operations(text)
    assert [o.words[0].text for o in found] == [o.split()[0] for _, o in parts]
    one_by_one = Store()
    for operation in found:
        assert len(operation.text) == len(text)
        one_by_one.update(operation.text)
    # The engine itself takes declarations before the first operation only.
    at_once = Store()
    declared = "".join(dict.fromkeys(d for d, _ in parts))
    at_once.update(prologue + declared + " ;\n".join(o for _, o in parts))
    assert set(one_by_one) == set(at_once)


@pytest.mark.parametrize(
    ("query", "default", "named"),
    [
        ("SELECT * FROM <a> { }", ["http://base/a"], []),
        ("BASE <http://b/> SELECT * FROM <a> FROM <a> { }", ["http://b/a"], []),
        ("PREFIX g: <http://g/> ASK FROM g:1 FROM NAMED g:2 { }", ["http://g/1"], ["http://g/2"]),
        ("PREFIX : <http://g/> ASK from :a\\-b { }", ["http://g/a-b"], []),
        ("CONSTRUCT { ?s ?p 'FROM <x>' } FROM # FROM <y>\n<a> WHERE { }", ["http://base/a"], []),
        ("CONSTRUCT FROM <a> WHERE { ?s ?p ?o }", ["http://base/a"], []),
        ("DESCRIBE <x> FROM NAMED <a>", [], ["http://base/a"]),
        ("SELECT ?from { ?from ?p '''FROM <x>''' }", None, None),
        ("SELECT * FROM nobody:declared { }", None, None),
    ],
)
def test_the_dataset_of_a_query(
    query: str, default: list[str] | None, named: list[str] | None
) -> None:
    found = dataset_of_query(query, "http://base/")
    if default is None:
        assert found is None
    else:
        assert found is not None
        assert (found.default_graphs, found.named_graphs) == (default, named)


def test_service_clauses_are_cut_where_they_begin_and_end() -> None:
    text = """PREFIX e: <http://e/>
        SELECT * { ?s ?p "SERVICE" # SERVICE <x> { }
          SERVICE <http://one/> { ?s e:p '}' SERVICE <http://inner/> { } }
          OPTIONAL { service silent e:two { ?s ?q ?o } } SERVICE ?e { } }"""
    clauses = service_clauses(text, None)
    assert [c.endpoint for c in clauses] == ["http://one/", "http://e/two", None]
    assert [c.silent for c in clauses] == [False, True, False]
    assert [text[c.start : c.end].partition(" ")[2] for c in clauses] == [
        "<http://one/> { ?s e:p '}' SERVICE <http://inner/> { } }",
        "silent e:two { ?s ?q ?o }",
        "?e { }",
    ]
    assert clauses[1].query == "PREFIX e: <http://e/>\nSELECT * WHERE { ?s ?q ?o }"


@pytest.mark.parametrize(
    ("reference", "iri"),
    [("<x>", "http://b/x"), ("p:x", "http://p/x"), ("no:x", None), ("<http://a/ b>", None)],
)
def test_a_reference_is_resolved_after_its_declarations(reference: str, iri: str | None) -> None:
    prologue = "# a comment\nBASE <http://a/> PREFIX p: <http://p/> BASE <http://b/>"
    assert resolve(reference, prologue, None) == iri
