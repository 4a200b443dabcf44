"""An amount in two currencies: the shop's, and that which the shopper was shown."""

from pydantic import AliasChoices, Field

from schemas.payloads.payload import Part
from schemas.payloads.values import Money, One


class CurrencyAmount(Part):
    """An amount and its currency."""

    amount: Money | None = Field(None, description="The amount")
    currency_code: str | None = Field(
        None,
        validation_alias=AliasChoices("currency_code", "currency"),
        description="Its currency, three letters (ISO 4217)",
    )


class MoneySet(Part):
    """One amount, as the shop books it and as the shopper was shown it."""

    shop_money: One[CurrencyAmount] = Field(None, description="In the shop's currency")
    presentment_money: One[CurrencyAmount] = Field(
        None, description="In the currency that the shopper was shown"
    )
