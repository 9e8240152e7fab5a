"""Splits: no group is divided, strata are spread evenly, and assigned photos stay."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.base.components import connected
from curator.exports.splits import Member, assign, crossing

SHARES = [0.7, 0.15, 0.15]


@st.composite
def collections(draw: st.DrawFn) -> list[Member]:
    count = draw(st.integers(1, 60))
    return [
        Member(f"p{n}", f"g{draw(st.integers(0, 25))}", draw(st.sampled_from("abcd")))
        for n in range(count)
    ]


@given(collections(), st.integers(0, 5))
def test_a_group_is_never_divided(members: list[Member], seed: int) -> None:
    placed = assign(members, SHARES, {}, seed)
    bins = defaultdict(set)
    for member in members:
        bins[member.group].add(placed[member.id])
    assert set(placed) == {member.id for member in members}
    assert all(len(found) == 1 for found in bins.values())


@given(collections(), collections(), st.integers(0, 5))
def test_adding_photos_moves_no_earlier_one(
    first: list[Member], more: list[Member], seed: int
) -> None:
    before = assign(first, SHARES, {}, seed)
    added = [Member(f"new-{m.id}", m.group, m.stratum) for m in more]
    after = assign([*first, *added], SHARES, before, seed)
    assert {photo: after[photo] for photo in before} == before


@given(collections(), st.randoms(use_true_random=False))
def test_the_order_of_the_photos_does_not_matter(members: list[Member], random: object) -> None:
    shuffled = list(members)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert assign(members, SHARES, {}, 1) == assign(shuffled, SHARES, {}, 1)


@given(collections(), collections())
def test_photos_joined_across_bins_by_a_new_link_are_left_out(
    first: list[Member], second: list[Member]
) -> None:
    placed = assign(first, SHARES, {}, 1)
    joined = [Member(m.id, second[n % len(second)].group, m.stratum) for n, m in enumerate(first)]
    left_out = crossing(joined, placed)
    staying = [member for member in joined if member.id not in left_out]
    again = assign(staying, SHARES, placed, 1)
    assert all(again[member.id] == placed[member.id] for member in staying)
    if joined:
        assert staying


def test_each_stratum_follows_the_shares() -> None:
    members = [
        Member(f"p{n}", f"g{n // 2}", stratum)
        for n, stratum in enumerate(["pos/f"] * 300 + ["pos/m"] * 100 + ["neg/f"] * 240)
    ]
    placed = assign(members, SHARES, {}, 1)
    found = Counter((member.stratum, placed[member.id]) for member in members)
    for stratum, total in Counter(member.stratum for member in members).items():
        for bin_index, share in enumerate(SHARES):
            assert abs(found[stratum, bin_index] - share * total) <= 2, (stratum, bin_index)


def test_small_collections_reach_every_split() -> None:
    members = [Member(f"p{n}", f"g{n}", f"{'pos' if n % 2 else 'neg'}") for n in range(20)]
    placed = assign(members, SHARES, {}, 1)
    assert Counter(placed.values()) == {0: 14, 1: 3, 2: 3} or set(placed.values()) == {0, 1, 2}


def test_a_share_of_zero_stays_empty() -> None:
    members = [Member(f"p{n}", f"g{n}", "a") for n in range(30)]
    assert set(assign(members, [0.8, 0.2, 0], {}, 1).values()) == {0, 1}


def test_a_different_seed_gives_a_different_split() -> None:
    members = [Member(f"p{n}", f"g{n}", "a") for n in range(100)]
    assert assign(members, SHARES, {}, 1) != assign(members, SHARES, {}, 2)


def test_a_group_fixed_in_two_bins_is_an_error() -> None:
    members = [Member("a", "g", "x"), Member("b", "g", "x")]
    with pytest.raises(ValueError, match="several bins"):
        assign(members, SHARES, {"a": 0, "b": 1}, 1)


def test_the_larger_part_of_a_joined_group_stays() -> None:
    members = [Member(name, "g", "x") for name in "abc"]
    assert crossing(members, {"a": 0, "b": 2, "c": 2}) == {"a"}
    assert crossing(members, {"a": 1, "b": 0}) == {"a"}


def test_connected_follows_chains_of_links() -> None:
    component = connected("abcde", [("a", "b"), ("b", "c"), ("d", "e")])
    assert component["a"] == component["b"] == component["c"]
    assert component["d"] == component["e"] != component["a"]
