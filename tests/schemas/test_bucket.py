"""The bucket of a shop: others' programs compute it too, so these numbers never change."""

import pytest

from schemas.bucket import BUCKETS, bucket


@pytest.mark.parametrize(
    ("shop", "expected"),
    # CRC-32 of "123456789" is 0xCBF43926, the check value of every catalogue of CRCs (reveng, RFC
    # 1952's polynomial).
    [("123456789", 0xCBF43926 % 64), ("johns-apparel.spiffystores.com", 13), ("", 0)],
)
def test_a_bucket_is_the_crc_32_of_the_shop_modulo_64(shop: str, expected: int) -> None:
    assert expected == bucket(shop)


def test_shops_spread_over_all_buckets() -> None:
    assert set(range(BUCKETS)) == {
        bucket(f"shop-{number}.spiffystores.com") for number in range(2000)
    }
