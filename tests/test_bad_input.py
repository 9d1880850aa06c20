"""Input that cannot be used: a short message that says where, what, what is allowed and what is nearest."""

from pathlib import Path

import pytest
import yaml
from builders import AUDIENCE, REFERRAL, business, event, initiative, nested, people, span
from hypothesis import example, given
from hypothesis import strategies as st

import wom


def refused(source):
    """The message with which a source is refused."""
    with pytest.raises(wom.InputError) as caught:
        wom.load(source)
    assert caught.value.exit_code == 2
    message = str(caught.value)
    assert len(message.splitlines()) <= 4
    assert len(message) < 800
    return message


@pytest.fixture
def write(tmp_path):
    """Writes a file into the test's folder, from text, from bytes or from data."""

    def written(content, name="shop.yaml"):
        text = content if isinstance(content, str | bytes) else yaml.safe_dump(content, sort_keys=False)
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / name

    return written


def test_what_is_refused_below_is_accepted_without_its_fault(write):
    assert wom.load(write(business())).today.experience.bad_share == 0.06
    assert wom.load(write(TEXT)).today.experience.bad_share == 0.06


# --- keys and values --------------------------------------------------------------------------------------

REMOVED = object()
TWO = {"a": people(60_000, 3_000, 90), "b": people(40_000, 2_000, 60)}
NUMBER, GOOD, BAD = "today.experience.bad_share", "experience.good_share", "experience.bad_share"
SHARE = "from 0 to 1 (share)"


def changed(place, value, segments=None):
    """The shop with something else at a dotted place."""
    data = business(segments=segments)
    *parents, last = place.split(".")
    branch = data
    for parent in parents:
        branch = branch.setdefault(parent, {})
    branch[int(last) if last.isdigit() else last] = value
    if value is REMOVED:
        del branch[last]
    return data


FAULTS = [
    # keys
    ("todday", {}, ["todday", "unknown key", "did you mean today?"]),
    ("today.experience.bad_shar", 0.1, ["bad_shar:", "did you mean bad_share?"]),
    ("today.market.bad_share", 0.1, ["today.market", "belongs to experience"]),
    ("5", 1, ["5: unknown key"]),
    ("extends", "other.yaml", ["extends: "]),
    # types
    (NUMBER, 5, [NUMBER, "is 5; write 0.05 for 5 %"]),
    ("today.economics.spend_per_customer", "79 EUR", ["write 79; the currency stands at the top"]),
    ("today.market.size", "20,000", ["write 20000, without a comma"]),
    (NUMBER, "0,06", [NUMBER, "'0,06'; write 0.06, with a point"]),
    (NUMBER, "6%", [NUMBER, "'6%'; write 0.06"]),
    (NUMBER, True, [NUMBER, "true or false"]),
    (NUMBER, None, [NUMBER, "empty"]),
    ("today", REMOVED, ["today: is missing"]),
    ("horizon_months", 0.5, ["horizon_months: must be a whole number, is 0.5"]),
    ("plan", "train", ["plan: must be a list, is 'train'"]),
    # ranges
    ("today.experience.good_share", 0.95, ["today.experience", "good_share 0.95", "bad_share 0.06", "over 1"]),
    ("today.word_of_mouth.reach_bad", -1, ["reach_bad", "0 or more", "-1"]),
    (NUMBER, float("nan"), [NUMBER, "finite", SHARE, "nan"]),
    ("today.market.size", 10**1_000, ["finite", "1000"]),
    (NUMBER, {"low": 0, "high": 1}, [NUMBER, "central is missing"]),
    (NUMBER, span(0.3, 0.2, 0.1), [NUMBER, "0.3, 0.2, 0.1"]),
    # together
    ("today.spending.spend_multiplier", 2, ["today.spending.spend_multiplier", "is 1 today", "only a plan"]),
    ("today.word_of_mouth.audience_share", 0.3, [AUDIENCE, REFERRAL, "one of the two"]),
    ("today", {}, ["today", "needs", "market.size", "retention.retention_rate"]),
]
OF_SEGMENTS = [
    ("today.market.customers", 4_000, ["today.market.customers", "4000", "sum is 5000", "leave it out"]),
    (
        "today.segments.c",
        nested({"market.customers": 1}),
        ["c.market.size", "is missing", "each segment gives its"],
    ),
    ("today.segments.a.market.homophily", 0.5, ["a.market.homophily", "give it as today.market.homophily"]),
    ("today.segments", {"c.d": nested(people(1, 0, 0))}, ["today.segments.c.d", "letters"]),
]
PLANS = [
    (["train"], ["plan.0", "initiative", "'train'"]),
    ([{}], ["plan.0.initiative", "is missing"]),
    ([initiative(start_month="2026-03-01")], ["plan.0.start_month", "months count from today", "'Something'"]),
    ([initiative(start_month=3, end_month=2)], ["plan.0.end_month", "ends in month 2", "starts in month 3"]),
    ([initiative(cost={"once": -1})], ["plan.0.cost.once", "0 or more (currency)", "-1"]),
    ([initiative({"experience.bad_shar": 0.1})], ["plan.0.changes.experience.bad_shar", f"did you mean {BAD}?"]),
    ([initiative({5: 0.1})], ["plan.0.changes.5", "must be text"]),
    ([initiative({f"segments.c.{BAD}": 0.1})], ["unknown segment 'c'", "there are none"]),
    ([initiative({BAD: {"to": 0.1, "add": 0.1}})], ["exactly one of to, add"]),
    ([initiative({BAD: {"multiply": 20}}, ramp_months=2)], ["plan", BAD, "to 1.2 in month 1", "from 0 to 1"]),
    ([initiative({"experience.contacts_per_month": {"multiply": 1e308}})] * 2, ["plan", "to 1e+15 in size"]),
    ([initiative({BAD: {"add": 0.8}})], ["plan", "good_share and bad_share", "1.11", "month 0"]),
    (
        [initiative({GOOD: {"add": 0.4}}, name, start_month=2) for name in "AB"],
        [f"initiative 'A' and initiative 'B' take {GOOD}", "month 2"],
    ),
    ([event(1, bad_experience_share=1.1)], ["plan.0.bad_experience_share", SHARE, "1.1"]),
]
PLANS_OF_SEGMENTS = [
    (
        [initiative({f"segments.c.{BAD}": 0.1})],
        ["plan.0.changes.segments.c", "unknown segment 'c'", "allowed: a, b"],
    ),
    (
        [initiative({"segments.a.reviews.memory_months": 2})],
        ["one value for the whole", "write reviews.memory_months"],
    ),
]
CASES = [
    (changed(place, value, segments), said)
    for segments, table in (
        (None, FAULTS + [("plan", *row) for row in PLANS]),
        (TWO, OF_SEGMENTS + [("plan", *row) for row in PLANS_OF_SEGMENTS]),
    )
    for place, value, said in table
]


@pytest.mark.parametrize(("data", "said"), CASES, ids=[said[-1] for _, said in CASES])
def test_values_are_refused_with_file_key_value_and_what_is_allowed(data, said, write):
    message = refused(data)
    for part in said:
        assert part in message
    if "extends" not in data:  # a file may extend another one
        file = write(data)
        assert refused(file).startswith(f"{file}: ")


def test_a_market_with_a_point_between_thousands_is_asked_about():
    with pytest.raises(wom.InputError, match=r"market \(20\) than customers \(5000\): is 20.000 meant as 20000"):
        wom.simulate(wom.load("retailer/today").replace({"market.size": 20.0}))


def test_several_faults_are_told_at_once_but_not_all_of_them():
    names = ("good_share", "bad_share", "recovered_share", "causal_share", "memory_months")
    message = refused(business({f"experience.{name}": -1 for name in names}))
    assert all(part in message for part in ("good_share", "bad_share", "and 2 more"))


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("no-such-file.yaml", "no-such-file.yaml: no such file"),
        ("retailer/tody", "did you mean retailer/today?"),
        ("x" * 5_000, "xxx"),
        ("~nobody-here/x", "~nobody-here"),
        ("a\0b", "no such file"),
        (".", "is a folder"),
    ],
)
def test_a_file_that_is_not_there(file, said):
    assert said in refused(file)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("experience.bad_shar", 0.1, "did you mean experience.bad_share?"),
        ("segments.c.experience.bad_share", 0.1, "unknown segment; allowed: a, b"),
        ("market.size", 1, "is the segments' sum"),
        ("experience.bad_share", 1.1, "from 0 to 1"),
        ("segments.a.market.homophily", 0.1, "give it as today.market.homophily"),
        ("today", {}, "unknown key"),
        ("", 1, "unknown key"),
    ],
)
def test_a_replaced_value_is_checked_as_one_in_a_file_is(key, value, said):
    with pytest.raises(wom.InputError) as caught:
        wom.load(business(segments=TWO)).replace({key: value})
    assert said in str(caught.value)


# --- files ------------------------------------------------------------------------------------------------

TEXT = yaml.safe_dump(business())


def with_rate(text):
    """The shop's file with something else as its retention rate."""
    return TEXT.replace("retention_rate: 0.975", f"retention_rate: {text}")


def bomb():
    """Ten lines that mean 10^10 words."""
    lines = ["a0: &a0 [" + ", ".join(["lol"] * 10) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 10)]
    return "\n".join(lines)


FILES = {
    "empty": ("", ["is empty"]),
    "a list": ("- a\n- b\n", ["keys and values"]),
    "syntax error": ("today: [1,\n  2\n", ["YAML", "line 3"]),
    "tab": ("today:\n\tmarket: 1\n", ["YAML", "line 2", "\\t"]),
    "key twice": ("title: a\ntitle: b\n", ["line 2", "title", "twice"]),
    "two documents": ("title: a\n---\ntitle: b\n", ["YAML", "line 2"]),
    "key of several words": ("? [a, b]\n: 1\n", ["line 1", "key must be one word"]),
    "not UTF-8": (b"title: caf\xe9\n", ["UTF-8"]),
    "zero byte": (b"title: a\0b\n", ["YAML"]),
    "alias bomb": (bomb(), ["line 2", "alias", "extends"]),
    "alias of itself": ("a: &a [*a]\n", ["line 1", "alias"]),
    "deep lists": ("title: " + "[" * 600 + "]" * 600, ["nested too deeply"]),
    "long integer": (with_rate("1" * 5_000), ["number too long"]),
    "infinity": (with_rate(".inf"), ["retention_rate", "finite", "inf"]),
    "number beyond all": (with_rate("1e999"), ["retention_rate", "finite", "inf"]),
    "comma in braces": (
        "today: {economics: {margin_share: 0.4, spend_per_customer: 19,90}}\n",
        ["today.economics.90", "behind a comma", "19.90"],
    ),
    "true": (with_rate("true"), ["retention_rate", "true or false"]),
    "underscore": (with_rate("0_1"), ["retention_rate", "'0_1'"]),
}

TAGS = ["!!python/object/apply:pathlib.Path.touch [CANARY]", "!!python/object/new:os.system ['touch CANARY']",
        "!!python/name:os.system", "!!binary aGFsbG8=", "!!int [1]", "!own thing", "! thing"]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), FILES.values(), ids=FILES)
def test_files_are_refused_with_what_is_wrong_and_where(content, said, write):
    file = write(content)
    message = refused(file)
    assert message.startswith(f"{file}: ")
    for part in said:
        assert part in message


PLACES = ["title: TAG\n", "? TAG\n: 1\n", "- TAG\n", "TAG\n", "today: {market: {size: TAG}}\n"]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("place", PLACES)
def test_tags_construct_nothing(tag, place, write, tmp_path):
    canary = tmp_path / "canary"
    file = write(place.replace("TAG", tag.replace("CANARY", str(canary))))
    message = refused(file)
    assert "tag" in message
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_of_50_mb_is_not_read(tmp_path):
    file = tmp_path / "large.yaml"
    with file.open("wb") as stream:
        stream.truncate(50_000_000)
    message = refused(file)
    assert message.startswith(f"{file}: has 50.0 MB")
    assert "at most 0.3 MB" in message


def test_a_file_that_may_not_be_read(write, monkeypatch):
    def denied(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    file = write(TEXT)
    monkeypatch.setattr(Path, "read_text", denied)  # who runs the tests may be allowed to read everything
    assert refused(file) == f"{file}: cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("text", "value"),
    [("9.75e-1", 0.975), ("1", 1.0), ("+.5", 0.5), ("01", 1.0), ("{low: .9, central: 0.975, high: 0.99}", 0.975)],
)
def test_numbers_are_read_as_people_mean_them(text, value, write):
    rate = wom.load(write(with_rate(text))).today.retention.retention_rate
    assert getattr(rate, "central", rate) == value


def test_words_are_text_and_a_byte_order_mark_is_no_fault(write):
    assert wom.load(write("\ufefftitle: no\ncurrency: 12:30\n" + TEXT)).title == "no"


# --- extends ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("todya.yaml", ["no file 'todya.yaml'", "did you mean today.yaml?"]),
        ("../outside.yaml", ["'../outside.yaml'", "outside the scenario's folder"]),
        ("link.yaml", ["'link.yaml'", "outside the scenario's folder"]),
        ("below", ["no file 'below'"]),
        ("loop.yaml", ["no name of a file"]),
        ("x" * 5_000, ["no name of a file"]),
        ("5", ["must be the name of a file, is 5"]),
        ("OUTSIDE", ["outside the scenario's folder"]),
        ("shop.yaml", ["circle", "shop.yaml extends shop.yaml"]),
        ("round.yaml", ["circle", "shop.yaml extends round.yaml extends shop.yaml"]),
    ],
)
def test_what_may_not_be_extended(base, said, tmp_path):
    folder = tmp_path / "shop"
    (folder / "below").mkdir(parents=True)
    (tmp_path / "outside.yaml").write_text(TEXT)
    (folder / "today.yaml").write_text(TEXT)
    (folder / "round.yaml").write_text("extends: shop.yaml\n")
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    file = folder / "shop.yaml"
    file.write_text(f"extends: {base}\n".replace("OUTSIDE", str(tmp_path / "outside.yaml")))
    message = refused(file)
    assert str(folder) in message
    assert "extends: " in message
    for part in said:
        assert part in message


def test_a_fault_in_what_is_extended_names_that_file(write):
    base = write("title: [", "today.yaml")
    assert refused(write("extends: today.yaml\n")).startswith(f"{base}: cannot be read as YAML")


def test_a_chain_of_files_ends(write):
    for place in range(30):
        write(f"extends: {place + 1}.yaml\n", f"{place}.yaml")
    file = write(TEXT, "30.yaml")
    assert "more than 20 files" in refused(file.with_name("0.yaml"))
    assert wom.load(file.with_name("10.yaml")).horizon_months == 36


def test_extended_files_merge_key_by_key_and_nearer_ones_win(write):
    write(TEXT + "title: base\nhorizon_months: 12\n", "today.yaml")
    write("extends: today.yaml\ntoday: {experience: {bad_share: 0.05, good_share: 0.2}}\n", "middle.yaml")
    scenario = wom.load(write("extends: middle.yaml\ntitle: top\ntoday: {experience: {bad_share: 0.01}}\n"))
    shares = [getattr(scenario.today.experience, f"{kind}_share") for kind in ("bad", "good", "recovered")]
    assert (scenario.title, scenario.horizon_months, shares) == ("top", 12, [0.01, 0.2, 0.3])


# --- whatever comes -----------------------------------------------------------------------------------------

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10) | SCALARS, inner, max_size=4),
    max_leaves=20,
)
TREE = business(segments=TWO, plan=[initiative({BAD: {"add": 0.1}}, cost={"once": 1})])


def places(branch, path=()):
    """Every place in nested data."""
    yield path
    pairs = branch.items() if isinstance(branch, dict) else enumerate(branch) if isinstance(branch, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def put(branch, path, value):
    """Nested data with another value at a place."""
    if not path:
        return value
    copy = dict(branch) if isinstance(branch, dict) else list(branch)
    copy[path[0]] = put(branch[path[0]], path[1:], value)
    return copy


def loads_or_is_refused(source):
    """Nothing but an InputError is raised, and its message is no book."""
    message = ""
    try:
        wom.load(source)
    except wom.InputError as error:
        message = str(error)
    assert len(message) < 4_000


@given(st.sampled_from(list(places(TREE))[1:]), ANYTHING)
def test_a_scenario_with_anything_anywhere_loads_or_is_refused(path, value):
    loads_or_is_refused(put(TREE, path, value))


@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    """A file to write to again and again."""
    return tmp_path_factory.mktemp("scratch") / "anything.yaml"


PIECES = [
    "a", "today", "title", "extends", "plan", "today.yaml", "anything.yaml", "1", ".inf", "1e5", "0x", "~", "é",
    "{", "}", "[", "]", ",", "'", '"', "#", "\\", "<<", "@", "`", "%", ": ", "\n", "\n  ", "- ", "? ", "|\n",
    ">\n", "\t", "\0", "\u2028", "&a ", "*a", "!!int ", "!x ", "! ", "%YAML 1.1\n", "---\n", "...\n",
]  # fmt: skip


@given(pieces=st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=20))
@example(pieces=["extends", ": ", "anything.yaml"])
def test_any_yaml_loads_or_is_refused(scratch, pieces):
    scratch.write_text("".join(pieces), encoding="utf-8")
    loads_or_is_refused(scratch)


@given(content=st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(scratch, content):
    scratch.write_bytes(content)
    loads_or_is_refused(scratch)
