from apimachinery.clock import FakeClock
from client.expectations import TTL, Expectations


def test_nothing_expected_is_satisfied() -> None:
    assert Expectations(FakeClock()).satisfied("rs")


def test_every_creation_must_be_seen() -> None:
    subject = Expectations(FakeClock())
    subject.expect("rs", adds=2)
    subject.creation_observed("rs")
    assert not subject.satisfied("rs")
    subject.creation_observed("rs")
    assert subject.satisfied("rs")


def test_only_the_expected_deletions_count_and_each_once() -> None:
    subject = Expectations(FakeClock())
    subject.expect("rs", deletes=["ns/a", "ns/b"])
    for key in ("ns/other", "ns/a", "ns/a"):
        subject.deletion_observed("rs", key)
    assert not subject.satisfied("rs")
    subject.deletion_observed("rs", "ns/b")
    assert subject.satisfied("rs")


def test_expectations_run_out() -> None:
    clock = FakeClock()
    subject = Expectations(clock)
    subject.expect("rs", adds=1)
    clock.advance(TTL)
    assert not subject.satisfied("rs")
    clock.advance(1)
    assert subject.satisfied("rs")


def test_new_expectations_replace_old_ones_and_can_be_raised() -> None:
    subject = Expectations(FakeClock())
    subject.raise_by("rs", adds=1)
    assert subject.satisfied("rs")
    subject.expect("rs", adds=5)
    subject.expect("rs", adds=1)
    subject.raise_by("rs", adds=1, deletes=["ns/a"])
    subject.creation_observed("rs")
    subject.creation_observed("rs")
    assert not subject.satisfied("rs")
    subject.deletion_observed("rs", "ns/a")
    assert subject.satisfied("rs")


def test_forgetting_and_unknown_keys() -> None:
    subject = Expectations(FakeClock())
    subject.expect("rs", adds=1)
    subject.forget("rs")
    subject.forget("rs")
    subject.creation_observed("rs")
    subject.deletion_observed("rs", "x")
    assert subject.satisfied("rs")
