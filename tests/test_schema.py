"""Schemas: validation, normalisation, dates, JSON and back, extension, inference."""

from __future__ import annotations

import collections
import copy
import enum
import json
import math
import pickle
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from helpers import analysis_parts
from searchkit.analysis import analyzer, stop
from searchkit.errors import FieldNotFoundError, SchemaError
from searchkit.schema import (
    Boolean,
    Date,
    Field,
    Float,
    Integer,
    Keyword,
    Schema,
    Text,
    infer,
)

FULL = Schema(
    {"content-type": Keyword(many=True)},
    id=Keyword(key=True),
    title=Text(analyzer="english", weight=2.0),
    body=Text(analyzer=analyzer("standard") | analysis_parts.first_four, many=True),
    tags=Keyword(many=True),
    published=Date(),
    seen=Date(many=True, stored=False),
    stars=Integer(),
    sizes=Integer(many=True),
    price=Float(stored=False),
    weights=Float(many=True),
    draft=Boolean(),
    flags=Boolean(many=True),
)
UTC = timezone.utc


class Colour(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


def _short(value: object) -> str:
    return ascii(value)[:30]


# Construction


def test_fields_in_order_with_ids() -> None:
    assert list(FULL.fields)[:3] == ["content-type", "id", "title"]
    assert dict(FULL.ids) == {name: number for number, name in enumerate(FULL.fields)}
    assert FULL.next_id == 13
    assert FULL.key == "id"
    assert FULL.text_fields == ("title", "body")
    assert Schema().fields == {}
    assert Schema().key is None
    assert FULL["stars"] == Integer()
    assert "stars" in FULL
    with pytest.raises(FieldNotFoundError):
        FULL["nowhere"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Schema({"": Text()}),
        lambda: Schema({"_id": Text()}),
        lambda: Schema({"a\ud800": Text()}),
        lambda: Schema({1: Text()}),
        lambda: Schema({"a": Text}),
        lambda: Schema({"a": "text"}),
        lambda: Schema({"a": None}),
        lambda: Schema({"a": Field()}),
        lambda: Schema({"a": Text()}, a=Text()),
        lambda: Schema(a=Keyword(key=True), b=Integer(key=True)),
        lambda: Keyword(key=True, many=True),
        lambda: Keyword(key="yes"),
        lambda: Text(stored=1),
        lambda: Text(many=None),
        lambda: Text(analyzer="klingon"),
        lambda: Text(analyzer=str.split),
        lambda: Text(analyzer=None),
        lambda: Text(weight=0),
        lambda: Text(weight=-1),
        lambda: Text(weight=math.nan),
        lambda: Text(weight=math.inf),
        lambda: Text(weight="2"),
        lambda: Text(weight=True),
    ],
)
def test_what_is_no_schema(make: Any) -> None:
    with pytest.raises(SchemaError) as caught:
        make()
    assert caught.value.hint


def test_options_are_keyword_only_and_known() -> None:
    for make in (lambda: Text("english"), lambda: Float(key=True), lambda: Date(unit="s")):  # type: ignore
        with pytest.raises(TypeError):
            make()


def test_immutable() -> None:
    for thing, name in ((FULL, "key"), (FULL["title"], "weight"), (FULL["id"], "key")):
        with pytest.raises(AttributeError):
            setattr(thing, name, None)
        with pytest.raises(AttributeError):
            delattr(thing, name)
    with pytest.raises(TypeError):
        FULL.fields["new"] = Text()  # type: ignore[index]


def test_equality() -> None:
    assert Text() == Text(analyzer="standard", weight=1) != Text(weight=2)
    assert Text(analyzer="en") == Text(analyzer=analyzer("english")) != Text()
    assert Keyword() != Integer()
    assert Keyword(key=True) != Keyword()
    assert Keyword(many=True) != Keyword()
    assert Keyword(stored=False) != Keyword()
    assert Schema(a=Text(), b=Date()) == Schema(b=Date(), a=Text())
    assert Schema(a=Text()) != Schema(b=Text())
    assert Schema(a=Text()) != {"a": Text()}
    assert hash(Schema(a=Text(), b=Date())) == hash(Schema(b=Date(), a=Text()))


def test_repr() -> None:
    schema = Schema(id=Keyword(key=True), t=Text(analyzer="en", weight=2, stored=False, many=True))
    assert repr(schema) == (
        "Schema(id=Keyword(key=True), "
        "t=Text(analyzer='english', weight=2.0, stored=False, many=True))"
    )
    assert repr(Text()) == "Text()"
    assert repr(Schema({"a-b": Date()})) == "Schema({'a-b': Date()})"
    stopped = Text(analyzer=analyzer("standard") | stop("english"))
    assert repr(stopped) == "Text(analyzer=analyzer('standard') | stop('english'))"


# Documents


def test_normalise() -> None:
    document = {
        "id": "1",
        "title": "Syria",
        "body": ("one", None, "two"),
        "tags": {"b", "a"},
        "content-type": "text/plain",
        "published": date(2016, 3, 14),
        "seen": ["1970-01-01T00:00:00.000001Z", datetime(1970, 1, 2)],
        "stars": Level.LOW,
        "price": 3,
        "weights": [1, 2.5],
        "draft": False,
        "flags": [],
        "sizes": [None],
    }
    assert FULL.normalise(document, 0) == {
        "id": "1",
        "title": "Syria",
        "body": ["one", "two"],
        "tags": ["a", "b"],
        "content-type": ["text/plain"],
        "published": 1457913600000000,
        "seen": [1, 86400000000],
        "stars": 1,
        "price": 3.0,
        "weights": [1.0, 2.5],
        "draft": False,
    }
    assert document["sizes"] == [None]


def test_absent_values() -> None:
    schema = Schema(a=Text(), b=Integer())
    assert schema.normalise({"a": None}, 0) == schema.normalise({}, 0) == {}
    assert schema.normalise({"b": 0, "a": ""}, 0) == {"b": 0, "a": ""}


def test_exact_types_come_out() -> None:
    schema = Schema(k=Keyword(), t=Text(), i=Integer(), f=Float())
    values = schema.normalise({"k": Colour.RED, "t": Colour.RED, "i": Level.LOW, "f": Level.LOW}, 0)
    assert values == {"k": "red", "t": "red", "i": 1, "f": 1.0}
    assert [type(v) for v in values.values()] == [str, str, int, float]
    assert schema.normalise({"f": Decimal("1.5")}, 0) == {"f": 1.5}


def test_any_mapping_is_a_document() -> None:
    document = collections.ChainMap({"id": "1"}, {"title": "x"})
    assert FULL.normalise(document, 0) == {"id": "1", "title": "x"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", 5), ("title", b"x"), ("title", ["x"]), ("title", "half \ud83d"),
        ("body", [5]), ("body", [["x"]]), ("body", {"x": 1}), ("body", ["\udc00"]),
        ("tags", "x" * 32_767), ("tags", ["ok", "é" * 16_384]), ("tags", 5), ("tags", "\ud800"),
        ("stars", "5"), ("stars", 5.0), ("stars", True), ("stars", 1 << 63),
        ("stars", -(1 << 63) - 1), ("stars", [1]), ("stars", Decimal(1)),
        ("price", "5"), ("price", math.nan), ("price", True), ("price", 1j),
        ("price", Decimal("nan")), ("weights", [1.0, math.nan]),
        ("draft", 1), ("draft", "true"), ("draft", 0.0), ("flags", [True, 1]),
        ("published", 5), ("published", 5.0), ("published", True), ("published", "yesterday"),
        ("published", timedelta(1)), ("published", [date(2016, 3, 14)]),
        ("published", datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))),
        ("published", datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))),
        ("nowhere", 5),
    ],
    ids=_short,
)  # fmt: skip
def test_values_that_do_not_fit(name: str, value: Any) -> None:
    for document in ({"id": "doc", name: value}, {name: value, "id": "doc"}):
        with pytest.raises(SchemaError) as caught:
            FULL.normalise(document, 7)
        assert repr(name) in str(caught.value)
        assert "'doc'" in str(caught.value)
        assert caught.value.hint
        assert len(str(caught.value)) < 500


def test_huge_numbers() -> None:
    with pytest.raises(SchemaError, match="16,610 bits"):
        FULL.normalise({"id": "doc", "stars": 10**5000}, 7)
    with pytest.raises(SchemaError, match="no Float can hold"):
        FULL.normalise({"id": "doc", "price": 10**400}, 7)


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_every_integer_of_64_bits(number: int) -> None:
    assert Integer().convert(number) == number == Integer().parse(str(number))


@given(st.floats(allow_nan=False))
def test_every_float(number: float) -> None:
    assert Float().convert(number) == number == Float().parse(repr(number))


@given(st.text(max_size=20))
def test_every_string(text: str) -> None:
    assert Text().convert(text) == text == Keyword().convert(text)


def test_the_longest_keyword() -> None:
    for text in ("x" * 32_766, "é" * 16_383, "😀" * 8_191):
        assert Keyword().convert(text) == text


@pytest.mark.parametrize("document", [None, 5, "text", ["a"], object()])
def test_no_document(document: Any) -> None:
    with pytest.raises(SchemaError, match="document number 7 is"):
        FULL.normalise(document, 7)


@pytest.mark.parametrize("document", [{}, {"id": None}, {"title": "x"}])
def test_a_missing_key(document: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="number 7 has no 'id'"):
        FULL.normalise(document, 7)


@pytest.mark.parametrize("key", [5, "\ud800", "x" * 40_000, ["1"], b"1"])
def test_a_wrong_key(key: Any) -> None:
    with pytest.raises(SchemaError, match="'id' of document number 7"):
        FULL.normalise({"id": key}, 7)
    with pytest.raises(SchemaError, match="key 'id'"):
        FULL.normalise_key(key)


def test_keys() -> None:
    assert FULL.normalise_key("1") == "1"
    numbered = Schema(id=Integer(key=True))
    assert numbered.normalise_key(5) == 5
    assert numbered.normalise({"id": 5}, 0) == {"id": 5}
    with pytest.raises(SchemaError):
        numbered.normalise_key("5")
    with pytest.raises(SchemaError, match="no key"):
        Schema(a=Text()).normalise_key("5")


def test_errors_of_a_documents_own_class_pass() -> None:
    class Broken(dict[str, Any]):
        def items(self) -> Any:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        FULL.normalise(Broken(), 0)


def test_numpys_scalars() -> None:
    numpy = pytest.importorskip("numpy")
    schema = Schema(i=Integer(), f=Float(), b=Boolean(), fs=Float(many=True))
    values = schema.normalise(
        {"i": numpy.int64(5), "f": numpy.float32(0.5), "b": numpy.True_}, 0
    )  # fmt: skip
    assert values == {"i": 5, "f": 0.5, "b": True}
    assert [type(value) for value in values.values()] == [int, float, bool]
    for name, value in (("i", numpy.True_), ("f", numpy.True_), ("fs", numpy.zeros(3))):
        with pytest.raises(SchemaError):
            schema.normalise({name: value}, 0)


# Dates


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01", 0), ("1970-01-02", 86_400_000_000), ("1969-12-31", -86_400_000_000),
        ("1970-01-01T00:00", 0), ("1970-01-01T01", 3_600_000_000),
        ("1970-01-01T00:00:01", 1_000_000), ("1970-01-01 00:00:01.5", 1_500_000),
        ("1970-01-01t00:00:00.000001z", 1), ("1970-01-01T00:00:00,25Z", 250_000),
        ("1970-01-01T00:00:00.1234567891", 123_456), ("1970-01-01T01:00+01:00", 0),
        ("1970-01-01T00:00-0130", 5_400_000_000), ("1970-01-01T00:00+01", -3_600_000_000),
        ("1970-01-01T01:00:00+00:53:28", 392_000_000), ("19700101T000001Z", 1_000_000),
        ("19700102", 86_400_000_000), ("0001-01-01", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ("2016-02-29", 1_456_704_000_000_000),
    ],
)  # fmt: skip
def test_iso_text(text: str, moment: int) -> None:
    assert Date().convert(text) == moment == Date().parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "2016", "2016-03", "2016-3-14", "16-03-14", "2016-13-01", "2015-02-29",
        "2016-03-14T", "2016-03-14Z", "2016-03-14T24:00", "2016-03-14T12:60", "2016-03-14T12:00:60",
        "2016-03-14T12:00:00.", "2016-03-14T12:00.5", "2016-03-14T1:00", "2016-03-14T12:00+",
        "2016-03-14T12:00+1", "2016-03-14T12:00+24:00", "2016-03-14T12:00+01:", "2016-03-14T+01:00",
        "2016-03-14T12:00ZZ", "2016-03-14T12:00Z+01:00", "2016-03-14x12:00", "２016-03-14",
        "2016-03-14 ", " 2016-03-14", "2016/03/14", "14.03.2016", "0000-01-01", "10000-01-01",
        "0001-01-01T00:00+00:01", "9999-12-31T23:59:59-00:01", "2016-0314", "201603-14",
        "2016-03-14T12:00:00+-1:00", "٢٠١٦-٠٣-١٤", "2016-03-14T" + "1" * 100_000, "now",
        "2016-W11-1", "2016-03-14T12::00", "1457913600",
    ],
    ids=_short,
)  # fmt: skip
def test_text_that_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="no ISO date") as caught:
        Date().parse(text)
    assert len(str(caught.value)) < 300
    with pytest.raises(SchemaError):
        Date().convert(text)


zones = st.integers(-86_399, 86_399).map(lambda ahead: timezone(timedelta(seconds=ahead)))


@given(st.datetimes(timezones=zones | st.none()))
def test_datetimes_and_back(moment: datetime) -> None:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        expected = aware.astimezone(UTC)
    except OverflowError:
        with pytest.raises(SchemaError):
            Date().convert(moment)
        return
    restored = Date().restore(Date().convert(moment))
    assert isinstance(restored, datetime)
    assert (restored, restored.tzinfo) == (expected, UTC)
    assert Date().convert(moment.isoformat()) == Date().convert(moment)
    assert Date().convert(moment.isoformat(" ")) == Date().convert(moment)


@given(st.dates())
def test_dates_are_their_midnight(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert Date().convert(day) == Date().convert(midnight) == Date().convert(day.isoformat())


# Query strings


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (Integer(), "5", 5), (Integer(), "-5", -5), (Integer(), "+05", 5), (Integer(), "-0", 0),
        (Integer(), "0" * 5000 + "1", 1), (Float(), "2.5", 2.5), (Float(), "-1e3", -1000.0),
        (Float(), "inf", math.inf), (Boolean(), "true", True), (Boolean(), "FALSE", False),
        (Keyword(), "a b", "a b"), (Text(), "a b", "a b"), (Keyword(), "", ""),
    ],
    ids=_short,
)  # fmt: skip
def test_parse(field: Field, text: str, value: Any) -> None:
    assert field.parse(text) == value
    assert type(field.parse(text)) is type(value)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Integer(), ""), (Integer(), "-"), (Integer(), "5.0"), (Integer(), "1_000"),
        (Integer(), " 5"), (Integer(), "٥"), (Integer(), "²"), (Integer(), "9" * 20),
        (Integer(), "9223372036854775808"), (Integer(), "9" * 100_000), (Integer(), "--5"),
        (Float(), ""), (Float(), "nan"), (Float(), "1_0"), (Float(), " 1"), (Float(), "x"),
        (Float(), "٥"), (Boolean(), "yes"), (Boolean(), ""), (Boolean(), "1"),
        (Keyword(), "\ud800"), (Keyword(), "x" * 40_000), (Text(), "\ud800"),
    ],
    ids=_short,
)  # fmt: skip
def test_text_that_is_no_value(field: Field, text: str) -> None:
    with pytest.raises(ValueError) as caught:
        field.parse(text)
    assert len(str(caught.value)) < 300


# Store


def test_storable_and_back() -> None:
    document = {
        "id": "1", "price": 1.0, "weights": [math.inf, 1.0, -math.inf], "published": "2016-03-14",
        "seen": ["2016-03-14"], "title": "x", "stars": 5,
    }  # fmt: skip
    values = FULL.normalise(document, 0)
    kept = FULL.storable(values)
    assert values["weights"] == [math.inf, 1.0, -math.inf]
    assert list(kept) == ["weights", "published", "title", "stars"]  # the key has a column
    assert list(values) == list(document)
    later = FULL.storable({"title": "x", "id": "1"})
    assert list(later) == ["title", "id"]
    back = FULL.restore(json.loads(json.dumps(kept, allow_nan=False)))
    assert back == {
        "weights": [math.inf, 1.0, -math.inf], "title": "x", "stars": 5,
        "published": datetime(2016, 3, 14, tzinfo=UTC),
    }  # fmt: skip
    plain = Schema(f=Float())
    assert plain.restore(plain.storable({"f": -math.inf})) == {"f": -math.inf}
    assert plain.storable({"f": 1.0}) == {"f": 1.0}
    assert plain.restore({"f": 1}) == {"f": 1.0}


def test_restore_of_lists() -> None:
    moments = Date(many=True).restore([0, 1])
    assert moments == [
        datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, microsecond=1, tzinfo=UTC)
    ]  # fmt: skip


# JSON


def test_json_and_back() -> None:
    data = json.loads(json.dumps(FULL.to_json()))
    again = Schema.from_json(data)
    assert again == FULL
    assert again.ids == FULL.ids
    assert again.next_id == FULL.next_id
    assert repr(again) == repr(FULL)
    assert again.to_json() == data
    assert pickle.loads(pickle.dumps(FULL)) == copy.deepcopy(FULL) == FULL


def test_analyzers_without_an_import_path_have_no_json() -> None:
    schema = Schema(body=Text(analyzer=analyzer("standard") | (lambda term: term)))
    with pytest.raises(SchemaError, match="no import path"):
        schema.to_json()


def _damaged() -> list[Any]:
    good = Schema(id=Keyword(key=True), t=Text()).to_json()
    keyword, text = good["fields"]["id"], good["fields"]["t"]

    def fields(**changed: Any) -> dict[str, Any]:
        return {**good, "fields": {"id": keyword, "t": text, **changed}}

    return [
        None, [], "x", {}, {**good, "version": 1}, {**good, "fields": []}, {**good, "next_id": 1},
        {**good, "next_id": "2"}, {**good, "next_id": None}, fields(t=None), fields(t={}),
        fields(t={**text, "id": 0}), fields(t={**text, "id": -1}), fields(t={**text, "id": "1"}),
        fields(t={**text, "type": "nowhere"}), fields(t={**text, "type": ["text"]}),
        fields(t={**text, "more": 1}), fields(t={**text, "weight": "x"}),
        fields(t={**text, "analyzer": "standard"}), fields(t={**text, "analyzer": {}}),
        fields(t={**keyword, "id": 1}), fields(t={**text, "many": 1}), fields(_x={**text, "id": 1}),
    ]  # fmt: skip


@pytest.mark.parametrize("data", _damaged())
def test_damaged_json(data: Any) -> None:
    with pytest.raises(SchemaError) as caught:
        Schema.from_json(data)
    assert caught.value.hint


# Extension


def test_extend_keeps_ids() -> None:
    first = Schema(id=Keyword(key=True), title=Text())
    second = first.extend({"stars": Integer(), "title": Text()})
    assert dict(second.ids) == {"id": 0, "title": 1, "stars": 2}
    assert second.next_id == 3
    assert list(first.fields) == ["id", "title"]
    assert first.extend({}) == first
    data = second.to_json()
    del data["fields"]["stars"]
    assert dict(Schema.from_json(data).extend({"new": Date()}).ids)["new"] == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"title": Keyword()}, {"title": Text(weight=2)}, {"_x": Text()}, {"x": "text"},
        {"other": Keyword(key=True)}, {"x": None},
    ],
)  # fmt: skip
def test_what_cannot_be_added(fields: Any) -> None:
    with pytest.raises(SchemaError) as caught:
        Schema(id=Keyword(key=True), title=Text()).extend(fields)
    assert caught.value.hint
    with pytest.raises(SchemaError):
        Schema(title=Text()).extend(fields)


# Inference


def test_infer() -> None:
    documents = [
        {"id": "1", "t": "x", "i": 1, "f": 1, "b": True, "d": date(2016, 3, 14), "none": None},
        {"id": "2", "f": 2.5, "d": datetime(2016, 3, 14), "ts": ["a"], "is": (1, None), "fs": []},
        {"id": "3", "t": None, "fs": [1, 2.0], "empty": [], "one": "x", "set": {1}},
        {"id": "4", "one": ["x"], "ts": []},
    ]
    schema = infer(iter(documents), "id")
    assert schema == Schema(
        {"is": Integer(many=True), "set": Integer(many=True)},
        id=Keyword(key=True), t=Text(), i=Integer(), f=Float(), b=Boolean(), d=Date(),
        ts=Text(many=True), fs=Float(many=True), empty=Text(many=True), one=Text(many=True),
    )  # fmt: skip
    for number, document in enumerate(documents):
        schema.normalise(document, number)


def test_infer_of_little() -> None:
    assert infer([]) == Schema()
    assert infer([], "id") == Schema(id=Keyword(key=True))
    assert infer([{}, {"a": None}]) == Schema()
    assert infer([{"id": 5}], "id") == Schema(id=Integer(key=True))
    assert infer([{"id": "5"}]) == Schema(id=Text())
    assert infer([{"a": 1 << 80}]) == Schema(a=Integer())  # refused by normalise, with its place


@pytest.mark.parametrize(
    ("documents", "names"),
    [
        ([{"id": "1", "a": {"b": 1}}], ["'a'", "'1'"]),
        ([{"id": "1", "a": [[1]]}], ["'a'", "'1'"]),
        ([{"id": "1", "a": b"x"}], ["'a'", "'1'"]),
        ([{"id": "1", "a": 1}, {"id": "2", "a": "x"}], ["'a'", "'2'"]),
        ([{"id": "1", "a": True}, {"id": "2", "a": 1}], ["'a'", "'2'"]),
        ([{"id": "1", "a": 1.5}, {"id": "2", "a": date(2016, 3, 14)}], ["'a'", "'2'"]),
        ([{"id": "1", "a": ["x", 1]}], ["'a'", "'1'"]),
        ([{"id": "1", "a": [1]}, {"a": ["x"]}], ["'a'", "number 1"]),
        ([{"id": 1.5}], ["'id'", "number 0"]),
        ([{"id": "1"}, {"id": 2}], ["'id'", "number 1"]),
        ([{"id": ["1"]}], ["'id'", "number 0"]),
        ([{"id": True}], ["'id'", "number 0"]),
        ([{"id": "1"}, 5], ["number 1"]),
        ([{"id": "1", "_a": 1}], ["'_a'"]),
        ([{"id": "1", 5: 1}], ["5"]),
    ],
)
def test_what_is_not_inferred(documents: list[Any], names: list[str]) -> None:
    with pytest.raises(SchemaError) as caught:
        infer(documents, "id")
    for name in names:
        assert name in str(caught.value)
    assert caught.value.hint


scalars = st.one_of(
    st.none(), st.text(max_size=3), st.booleans(), st.integers(-9, 9), st.floats(allow_nan=False),
    st.dates(), st.datetimes(),
)  # fmt: skip


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("abc"), scalars | st.lists(scalars, max_size=3), max_size=3
        ),
        max_size=4,
    )
)
def test_what_is_inferred_fits(documents: list[dict[str, Any]]) -> None:
    try:
        schema = infer(documents)
    except SchemaError:
        kinds: dict[str, set[str]] = {}
        for document in documents:
            for name, value in document.items():
                for item in value if isinstance(value, list) else [value]:
                    if item is not None:
                        kind = "date" if isinstance(item, date) else type(item).__name__
                        kinds.setdefault(name, set()).add(kind)
        assert any(len(found) > 1 and found != {"int", "float"} for found in kinds.values())
        return
    for number, document in enumerate(documents):
        values = schema.normalise(document, number)
        again = schema.normalise(values if not _has_dates(schema) else document, number)
        assert again == values
        assert (
            schema.restore(json.loads(json.dumps(schema.storable(values)))).keys() == values.keys()
        )


def _has_dates(schema: Schema) -> bool:
    return any(isinstance(field, Date) for field in schema.fields.values())
