"""The rule by which layers merge, as laws: what wins, what stays, where a value comes from."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from civicapp.problems import Origin
from civicapp.region.document import Document
from civicapp.region.merge import merge, merge_sheets
from civicapp.region.nodes import Branch, CsvFile, Leaf, Line, Listing, Record, Sheet, plain

KEYS = st.sampled_from("abcd")
SCALARS = st.sampled_from(["x", "y", "", True, False, None])


def origin(file):
    return st.builds(lambda n: Origin(file, n, 1), st.integers(1, 99))


def trees(file):
    """Make mappings as a file of a layer holds them."""
    leaves = st.builds(Leaf, SCALARS, origin(file))
    nodes = st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Listing, st.lists(inner, max_size=3).map(tuple), origin(file)),
            branches(inner, file),
        ),
        max_leaves=8,
    )
    return branches(nodes, file)


def branch(items: dict[str, Any], at: Origin) -> Branch:
    return Branch(items, dict.fromkeys(items, at), at)


def branches(inner, file):
    items = st.dictionaries(KEYS, inner, max_size=4)
    return st.builds(branch, items, origin(file))


A, B, C = trees("a"), trees("b"), trees("c")
EMPTY = Branch({}, {}, Origin("nowhere"))


def winner(values):
    """Merge plain values as the documentation says it, in other words than the code."""
    *below, top = values
    if not isinstance(top, dict):
        return top
    layers = [top]
    for value in reversed(below):
        if not isinstance(value, dict):
            break
        layers.insert(0, value)
    keys = {key: None for layer in layers for key in layer}
    return {key: winner([layer[key] for layer in layers if key in layer]) for key in keys}


@given(A, B, C)
def test_the_last_layer_wins_and_mappings_merge_deeply(a, b, c):
    merged = merge(merge(a, b), c)
    assert plain(merged) == winner([plain(a), plain(b), plain(c)])


@given(A)
def test_nothing_over_or_under_a_layer_changes_its_values(a):
    assert plain(merge(a, EMPTY)) == plain(merge(EMPTY, a)) == plain(a)


@given(A, B)
def test_a_layer_over_itself_changes_no_value(a, b):
    assert plain(merge(a, a)) == plain(a)
    assert plain(merge(merge(a, b), b)) == plain(merge(a, b))


@given(A, B, C)
def test_it_does_not_matter_which_layers_merge_first(a, b, c):
    # Values, origins, places of keys and what is hidden: all are the same.
    assert merge(merge(a, b), c) == merge(a, merge(b, c))


@given(A, B, C)
def test_keys_that_no_layer_shares_survive(a, b, c):
    merged: Any = merge(merge(a, b), c)
    for layer, others in ((a, (b, c)), (b, (a, c)), (c, (a, b))):
        for key, node in layer.items.items():
            if not any(key in other.items for other in others):
                assert merged.items[key] == node
                assert merged.keys[key] == layer.keys[key]


def values_at(tree, path):
    """Return the node at a path, None when the way leads through something else."""
    for step in path:
        if not isinstance(tree, Branch) or step not in tree.items:
            return None
        tree = tree.items[step]
    return tree


def paths(tree, path=()):
    if isinstance(tree, Branch):
        for key, node in tree.items.items():
            yield from paths(node, (*path, key))
    else:
        yield path, tree


@given(A, B, C)
def test_each_value_has_the_origin_of_the_layer_that_set_it(a, b, c):
    for path, node in paths(merge(merge(a, b), c)):
        setters = [n for n in (values_at(t, path) for t in (c, b, a)) if n is not None]
        assert node.origin == setters[0].origin
        assert plain(node) == plain(setters[0])


@given(st.lists(SCALARS, min_size=1, max_size=5))
def test_shadows_list_what_is_hidden_the_nearest_first(values):
    layers = [
        Branch({"k": Leaf(v, Origin(f"l{n}", 1, 4))}, {"k": Origin(f"l{n}", 1, 1)}, Origin(f"l{n}"))
        for n, v in enumerate(values)
    ]
    merged: Any = layers[0]
    for layer in layers[1:]:
        merged = merge(merged, layer)
    found = Document(merged, {}).find("k")
    assert [found.value, *(s.value for s in found.shadows)] == values[::-1]
    assert [s.origin.file for s in found.shadows] == [
        f"l{n}" for n in reversed(range(len(values) - 1))
    ]


# Tables


def sheets(name):
    """Make tables as one layer holds them: some rows are marked `_delete`."""
    file = CsvFile(name, ("k", "x", "y"))
    cells = st.dictionaries(st.sampled_from("xy"), st.sampled_from("123"))
    rows = st.dictionaries(KEYS, st.tuples(st.integers(2, 99), cells, st.booleans()))

    def sheet(found):
        lines = {
            key: Line((Record(file, line, {"k": key, **values}, delete=delete),))
            for key, (line, values, delete) in found.items()
        }
        return Sheet(lines, Origin(name, 1, 1), (file,))

    return rows.map(sheet)


SA, SB, SC = sheets("a"), sheets("b"), sheets("c")
NOWHERE = Origin("nowhere")
NO_ROWS = Sheet({}, NOWHERE)


def table(sheet):
    return {key: dict(line.cells) for key, line in sheet}


def expected(*layers):
    """Merge tables as the documentation says it."""
    rows: dict[str, dict[str, str]] = {}
    for sheet in layers:
        for key, line in sheet.lines.items():
            record = line.records[0]
            if record.delete:
                rows.pop(key, None)
            else:
                rows[key] = {**rows.get(key, {}), **record.cells}
    return rows


@given(SA, SB, SC)
def test_rows_merge_by_key_and_cell_and_delete_drops_them(a, b, c):
    assert table(merge_sheets([a, b, c], NOWHERE)) == expected(a, b, c)


@given(SA, SB, SC)
def test_it_does_not_matter_which_tables_merge_first(a, b, c):
    left = merge_sheets([merge_sheets([a, b], NOWHERE), c], NOWHERE)
    right = merge_sheets([a, merge_sheets([b, c], NOWHERE)], NOWHERE)
    assert left == right == merge_sheets([a, b, c], NOWHERE)


@given(SA, SB)
def test_tables_have_an_identity_and_repeat_without_effect(a, b):
    assert table(merge_sheets([a, NO_ROWS], NOWHERE)) == table(a)
    assert table(merge_sheets([NO_ROWS, a], NOWHERE)) == table(a)
    assert table(merge_sheets([a, a], NOWHERE)) == table(a)
    assert table(merge_sheets([a, b, b], NOWHERE)) == table(merge_sheets([a, b], NOWHERE))


@given(SA, SB, SC)
def test_each_cell_names_the_layers_that_set_it_the_last_first(a, b, c):
    for key, line in merge_sheets([a, b, c], NOWHERE):
        alive: list[Record] = []
        for sheet in (a, b, c):
            if key in sheet.lines:
                record = sheet.lines[key].records[0]
                alive = [] if record.delete else [*alive, record]
        for column in line.cells:
            setters = [r for r in reversed(alive) if column in r.cells]
            assert line.sources(column) == setters
            assert line.cells[column] == setters[0].cells[column]


# The same, seen from a pack


def test_explain_says_where_a_value_comes_from_and_what_it_hides(child, island):
    child.edit("region.yaml", "name: {en: Child}", "name: {en: Child}\ncontacts: {phone: '1'}")
    grandchild = type(child)(child.folder.with_name("grandchild"), child.plugins)
    grandchild.write(
        "region.yaml", "format: 1\nid: grandchild\nextends: child\nname: {en: Deep, fr: Profond}\n"
    )
    found = grandchild.region().explain("name/en")
    assert (found.value, str(found.origin)) == ("Deep", "grandchild/region.yaml:4:12")
    assert [(s.value, str(s.origin)) for s in found.shadows] == [
        ("Child", "child/region.yaml:4:12"),
        ("Vera", "island/region.yaml:3:12"),
    ]
    phone = grandchild.region().explain("contacts/phone")
    assert (phone.value, str(phone.origin), phone.shadows) == ("1", "child/region.yaml:5:19", ())


def test_explain_says_it_of_a_cell_too(child):
    child.write("sources.csv", "file,origin,licence\nservices/market/stalls.csv,invented,CC0\n")
    child.write("services/market/stalls.csv", "code,count\nfish,7\n")
    region = child.region()
    found = region.explain("services/market/stalls/fish/count")
    assert (found.value, str(found.origin)) == ("7", "child/services/market/stalls.csv:2:6")
    assert [(s.value, str(s.origin)) for s in found.shadows] == [
        ("12", "island/services/market/stalls.csv:2:30")
    ]
    name = region.explain("services/market/stalls/fish/name_en")
    assert str(name.origin) == "island/services/market/stalls.csv:2:17"
