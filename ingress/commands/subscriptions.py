"""`hookline-ingress subscriptions`: what each shop sends here, and what it should."""

import argparse
import sys
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import aiohttp

from ingress.commands.chosen_app import chosen_app
from ingress.commands.subscription_lines import ShopsBar, print_did, print_looked, summary
from ingress.subscriptions.carrying_out import (
    Decide,
    Did,
    Looked,
    carry_out,
    for_each,
    look,
)
from ingress.subscriptions.client import Client
from ingress.subscriptions.held import Held
from ingress.subscriptions.order import Order, order_of
from ingress.subscriptions.plan import Step, Wanted, plan, plan_end
from ingress.subscriptions.settings import read
from ingress.subscriptions.wanted import Topics
from runtime.agreeing import is_agreed
from runtime.exit_codes import DIFFERS, DONE, FAILED


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Do what the arguments say; raises SettingsError where they or the settings do not fit."""
    settings, apps = read()
    app = chosen_app(apps, arguments.app, "say which app's subscriptions")
    order = order_of(settings, app, arguments, is_only=len(apps) == 1)
    if arguments.action == "watch":
        from ingress.commands import watch_subscriptions

        return watch_subscriptions.run(order)
    return _run(order, arguments)


async def _run(order: Order, arguments: argparse.Namespace) -> int:
    """Look at all shops, show what is to be done, and do it unless it is `plan`; return the exit
    code.
    """
    shops = order.shops()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        # One client a shop from the look to the deed: it knows how much the platform still allows.
        clients = {one.shop: order.client(session, one) for one in shops}
        looked = await _look(clients, _decide(order, arguments))
        print_looked(looked, as_json=arguments.json)
        print(summary(looked), file=sys.stderr)
        if arguments.action == "delete":
            _tell_unheld(order.wanted.topics, looked)

        has_failed = any(one.failure for one in looked)
        is_different = any(one.is_different for one in looked)
        if arguments.action == "plan":
            return _code_of_plan(has_failed=has_failed, is_different=is_different)
        if not is_different:
            return FAILED if has_failed else DONE
        if not await is_agreed(arguments, "do it?"):
            return FAILED

        did = await _do(clients, looked, order.wanted)

    print_did(did, as_json=arguments.json)
    if has_failed or any(one.failure for one in did):
        return FAILED
    return DONE


def _tell_unheld(chosen: Topics, looked: Sequence[Looked]) -> None:
    """Say which of the chosen topics no shop has: such a name may have been misspelt."""
    held = {step.topic for one in looked for step in one.steps}
    for topic in sorted(chosen - held):
        print(f"{topic}: no shop that could be asked has a subscription of it", file=sys.stderr)


def _code_of_plan(*, has_failed: bool, is_different: bool) -> int:
    if has_failed:
        return FAILED
    return DIFFERS if is_different else DONE


def _decide(order: Order, arguments: argparse.Namespace) -> Decide:
    """Return what makes steps of what a shop holds; of the chosen topics alone, where some are."""
    prune = arguments.prune
    wanted = order.wanted
    chosen = wanted.topics if arguments.topic else Topics()

    def decide(held: list[Held]) -> list[Step]:
        seen = held
        if chosen:
            seen = [one for one in held if one.topic in chosen]

        if arguments.action == "delete":
            return plan_end(wanted.address, seen, prune=prune)
        return plan(wanted, seen, order.api, prune=prune)

    return decide


async def _look(clients: Mapping[str, Client], decide: Decide) -> list[Looked]:
    async def one(shop: str) -> Looked:
        return await look(clients[shop], shop, decide)

    count = len(clients)
    with ShopsBar(count, "shops looked at") as bar:
        return await for_each(clients, one, bar.tell)


async def _do(clients: Mapping[str, Client], looked: Sequence[Looked], wanted: Wanted) -> list[Did]:
    async def one(of_shop: Looked) -> list[Did]:
        client = clients[of_shop.shop]
        return await carry_out(client, of_shop, wanted)

    count = len(looked)
    with ShopsBar(count, "shops seen to") as bar:
        did = await for_each(looked, one, bar.tell)

    all_of_them: list[Did] = []
    for of_shop in did:
        all_of_them += of_shop
    return all_of_them
