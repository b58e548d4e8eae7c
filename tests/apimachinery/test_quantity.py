from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apimachinery.quantity import Format, Quantity, QuantityError, canonical_quantity, number_text, parse_quantity


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0", "0"),
        ("0Ki", "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("1", "1"),
        ("1000", "1k"),
        ("100m", "100m"),
        ("1500m", "1500m"),
        ("1.5", "1500m"),
        ("0.5", "500m"),
        (".5", "500m"),
        ("0.1m", "100u"),
        ("1000m", "1"),
        ("1234567.89m", "1234567890u"),
        ("100000", "100k"),
        ("1E", "1E"),
        ("-3.01", "-3010m"),
        ("1Gi", "1Gi"),
        ("1024", "1024"),
        ("1024Ki", "1Mi"),
        ("1000Ki", "1000Ki"),
        ("1.5Gi", "1536Mi"),
        ("-1.5Gi", "-1536Mi"),
        ("0.5Ki", "512"),
        ("0.0001Ki", "102400u"),
        ("1.1Ki", "1126400m"),
        ("512Ki", "512Ki"),
        ("1e3", "1e3"),
        ("1E3", "1E3"),
        ("12e1", "120"),
        ("1e+5", "100e3"),
        ("12.5e3", "12500"),
        ("1e-9", "1e-9"),
        (" 1 ", "1"),
    ],
)
def test_the_canonical_form(text: str, canonical: str) -> None:
    assert canonical_quantity(text) == canonical


@pytest.mark.parametrize(
    ("text", "kept"),
    [("1.500", "1.500"), ("1.", "1."), ("+1", "+1"), ("007", "007"), ("-", "0"), (".", "0"), ("1000E", "1")],
)
def test_what_is_odd_upstream_is_odd_here(text: str, kept: str) -> None:
    assert canonical_quantity(text) == kept


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("0.1n", "1n"), ("1.5n", "2n"), ("-0.1n", "-1n"), ("1e-20", "1e-9"), ("0.0000000001Ki", "103n")],
)
def test_what_is_finer_than_nano_is_rounded_away_from_zero(text: str, canonical: str) -> None:
    assert canonical_quantity(text) == canonical


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9223372036854775808"),
        ("8Ei", "9223372036854775807"),
        ("-8Ei", "-9223372036854775807"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1e100", "10e99"),
    ],
)
def test_only_binary_quantities_are_capped_at_64_bits(text: str, canonical: str) -> None:
    assert canonical_quantity(text) == canonical


FORMAT_ERROR = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", FORMAT_ERROR),
        ("1 Mi", FORMAT_ERROR),
        ("abc", FORMAT_ERROR),
        ("1.2.3", FORMAT_ERROR),
        ("1e5.5", FORMAT_ERROR),
        ("1\n", FORMAT_ERROR),
        ("1é", FORMAT_ERROR),
        ("1٣", FORMAT_ERROR),
        ("1K", "unable to parse quantity's suffix"),
        ("1e", "unable to parse quantity's suffix"),
        ("1Mi5", "unable to parse quantity's suffix"),
        ("1-5", "unable to parse quantity's suffix"),
        ("9" * 5000, "unable to parse numeric part of quantity"),
    ],
)
def test_errors_have_upstreams_words(text: str, message: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text)
    assert str(caught.value) == message


def test_a_long_hostile_text_is_refused_quickly() -> None:
    with pytest.raises(QuantityError):
        parse_quantity("0" * 200_000 + "x")


def test_huge_exponents_are_compared_and_added_without_being_written_out() -> None:
    huge, small = parse_quantity("1e2000000000"), parse_quantity("1")
    assert huge > small and -huge < small and (huge + small) == huge
    assert parse_quantity("1e-2000000000") == parse_quantity("1n")
    assert hash(huge) != hash(small)


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1"), (1.0, "1"), (0.5, "0.5"), (1e-5, "0.00001"), (1e-7, "1e-07"), (1e20, "1" + "0" * 20), (1e22, "1e+22")],
)
def test_json_numbers_are_written_as_go_writes_them(number: float, text: str) -> None:
    assert number_text(number) == text
    assert parse_quantity(number) == parse_quantity(text)


def test_arithmetic_keeps_the_format_of_the_first_operand_that_is_not_zero() -> None:
    memory = parse_quantity("512Mi")
    assert str(memory + memory) == "1Gi"
    assert str(Quantity() + memory) == "512Mi"
    assert str(parse_quantity("100m") + parse_quantity("1")) == "1100m"
    assert str(parse_quantity("1Gi") - parse_quantity("1Mi")) == "1023Mi"
    assert str(memory * 3) == "1536Mi"
    assert str(Quantity(1, 0, Format.BINARY_SI)) == "1"


def test_values_are_rounded_away_from_zero() -> None:
    assert parse_quantity("1.1").value() == 2
    assert parse_quantity("-1.1").value() == -2
    assert parse_quantity("100m").milli_value() == 100
    assert parse_quantity("1Ki").value() == 1024
    assert parse_quantity("0.1m").milli_value() == 1
    assert parse_quantity("1.25").as_float() == 1.25


def test_comparison_ignores_the_format() -> None:
    assert parse_quantity("1k") == parse_quantity("1000m") * 1000
    assert hash(parse_quantity("1024Ki")) == hash(parse_quantity("1Mi"))
    assert parse_quantity("999m") < parse_quantity("1") <= parse_quantity("1000m")
    assert not parse_quantity("0") and parse_quantity("1n")


suffixes = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    "k": Fraction(1000),
}
suffixes |= {"G": Fraction(10**9), "Ki": Fraction(1024), "Mi": Fraction(1024**2), "e3": Fraction(1000)}


@settings(max_examples=200, deadline=None)
@given(
    st.integers(-(10**9), 10**9),
    st.text("0123456789", max_size=6),
    st.sampled_from(sorted(suffixes)),
    st.integers(0, 99),
)
def test_a_quantity_is_exact_up_to_nano_and_reads_back(whole: int, places: str, suffix: str, other: int) -> None:
    text = f"{whole}.{places}{suffix}" if places else f"{whole}{suffix}"
    exact = Fraction(f"{whole}.{places}" if places else whole) * suffixes[suffix]
    scaled = abs(exact) * 10**9
    expected = (scaled.numerator + scaled.denominator - 1) // scaled.denominator * (1 if exact > 0 else -1)
    quantity = parse_quantity(text)
    assert quantity.scaled_value(-9) == expected
    again = parse_quantity(canonical_quantity(text))
    assert again == quantity
    assert (quantity + Quantity(other)).scaled_value(-9) == expected + other * 10**9
    assert (quantity < Quantity(other)) == (expected < other * 10**9)
