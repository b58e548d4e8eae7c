from __future__ import annotations

import pytest

from kubelet.runtimes.hollow.network import AddressesExhausted, AddressPool


def test_addresses_are_handed_out_in_order_without_the_gateway() -> None:
    pool = AddressPool("10.0.0.0/24")
    assert [pool.take() for _ in range(3)] == ["10.0.0.2", "10.0.0.3", "10.0.0.4"]


def test_a_reserved_address_is_skipped_and_a_foreign_one_ignored() -> None:
    pool = AddressPool("10.0.0.0/24")
    pool.reserve("10.0.0.2")
    pool.reserve("192.168.0.1")
    assert pool.take() == "10.0.0.3"


def test_a_returned_address_comes_again_only_when_no_fresh_one_is_left() -> None:
    pool = AddressPool("10.0.0.0/29")
    first = pool.take()
    pool.give_back(first)
    rest = [pool.take() for _ in range(4)]
    assert first not in rest
    assert pool.take() == first
    with pytest.raises(AddressesExhausted, match=r"10\.0\.0\.0/29"):
        pool.take()


def test_giving_back_twice_does_not_double_an_address() -> None:
    pool = AddressPool("10.0.0.0/30")
    address = pool.take()
    pool.give_back(address)
    pool.give_back(address)
    assert pool.take() == address
    with pytest.raises(AddressesExhausted):
        pool.take()


def test_ipv6() -> None:
    assert AddressPool("fd00::/64").take() == "fd00::2"
