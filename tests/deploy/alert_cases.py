"""For each alert, what is scraped when it should fire, and when it should be quiet."""

QUIET = None

Labels = dict[str, str]

A = 'job="hookline-ingress",instance="a"'
B = 'job="hookline-ingress",instance="b"'
W = 'job="hookline-workers",instance="w"'
ERP = 'app="spiffy",consumer="erp",topic="orders/create"'
WORK = 'vhost="/",queue="spiffy.erp.orders.create"'
DEAD = 'vhost="/",queue="spiffy.dead.erp.orders.create"'
RUNG = 'vhost="/",queue="spiffy.retry.5s"'
OF_ERP = {"app": "spiffy", "consumer": "erp", "topic": "orders/create"}
IN_WORK = {"vhost": "/", "queue": "spiffy.erp.orders.create"}


def rabbits(*up: int) -> dict[str, str]:
    """Return whether each node of the broker answers, for a quarter of an hour."""
    return {
        f'up{{job="rabbitmq",instance="{number}"}}': f"{value}x15"
        for number, value in enumerate(up, 1)
    }


def buckets(metric: str, within: str, each: int, labels: str = "") -> dict[str, str]:
    """Return a histogram of 100 a minute: so many stay within a bound, the others within 10,000."""
    return {
        f'{metric}_bucket{{{labels}le="{within}"}}': f"0+{each}x60",
        f'{metric}_bucket{{{labels}le="10000"}}': "0+100x60",
        f'{metric}_bucket{{{labels}le="+Inf"}}': "0+100x60",
    }


REFUSED = "hookline_webhooks_refused_total"
ACCEPTED = "hookline_webhooks_accepted_total"
LAG = f"hookline_lag_seconds{{{ERP},{W}}}"
QUEUE_READY = f"hookline_queue_ready{{{ERP},{W}}}"
DEAD_LETTERS = f"hookline_dead_letters{{{ERP},{W}}}"
READY = f"hookline_ready{{{A}}}"
LEFT = f'hookline_handlers_left_behind{{consumer="erp",{W}}}'
BAD_SIGNATURES = f'{REFUSED}{{app="spiffy",code="bad_signature"}}'
QUEUED = "rabbitmq_detailed_queue_messages"
CONSUMERS = "rabbitmq_detailed_queue_consumers"
CONNECTED = f'hookline_broker_connected{{link="publish",{A}}}'
COPIES_MISSED = 'hookline_copies_missed_total{app="spiffy"}'
STALE = f"hookline_settings_stale{{{A}}}"
LOGINS_REFUSED = 'hookline_logins_refused_total{app="spiffy",reason="wrong"}'
LAST_STATUS = f'hookline_last_status_timestamp_seconds{{app="spiffy",{A}}}'
NACKED = 'hookline_publishes_unconfirmed_total{reason="nacked"}'
UNCONSUMED = f'hookline_queues_unconsumed{{app="spiffy",{W}}}'
REJECTED = f'hookline_dead_letters_made_total{{{ERP},reason="rejected"}}'
UNROUTED = f'hookline_unrouted{{app="spiffy",{W}}}'
NOT_BOUND = f'hookline_bindings_missing{{app="spiffy",{W}}}'
BLOCKED = 'hookline_loop_blocked_total{consumer="erp"}'
UNCLAIMED = 'hookline_once_claims_total{app="spiffy",consumer="erp",result="ran_unclaimed"}'
CLAIMED = 'hookline_once_claims_total{app="spiffy",consumer="erp",result="granted"}'
OUTLIVED = f"hookline_deliveries_outlived_total{{{ERP}}}"
GIVEN_UP = "rabbitmq_global_messages_dead_lettered_delivery_limit_total"
RETURNED = "rabbitmq_global_messages_unroutable_returned_total"
SHORT_OF_MEMORY = 'rabbitmq_alarms_memory_used_watermark{instance="1"}'
SHORT_OF_DISK = 'rabbitmq_alarms_free_disk_space_watermark{instance="1"}'
OF_SPIFFY = f'{ACCEPTED}{{app="spiffy"}}'
IN_WORK_QUEUE = f"{QUEUED}{{{WORK}}}"
IN_DEAD_QUEUE = f"{QUEUED}{{{DEAD}}}"
IN_RUNG = f"{QUEUED}{{{RUNG}}}"
READY_IN_RUNG = f"{QUEUED}_ready{{{RUNG}}}"
UNACKED_IN_RUNG = f"{QUEUED}_unacked{{{RUNG}}}"
CONSUMERS_OF_WORK = f"{CONSUMERS}{{{WORK}}}"
CONSUMERS_OF_DEAD = f"{CONSUMERS}{{{DEAD}}}"
CONSUMERS_OF_RUNG = f"{CONSUMERS}{{{RUNG}}}"
RETRIED = f'hookline_deliveries_total{{{ERP},outcome="retried"}}'
DONE = f'hookline_deliveries_total{{{ERP},outcome="done"}}'
IN_FLIGHT = f"hookline_in_flight{{{A}}}"
DRAINING = f"hookline_draining{{{A}}}"
PAUSED = f"hookline_paused{{{ERP},{W}}}"
BREAKER = f"hookline_breaker_state{{{ERP},{W}}}"
THE_APP = {"app": "spiffy"}
SETTLED = f"hookline_last_settled_timestamp_seconds{{{ERP},{W}}}"
SETTLED_ANY = (
    'hookline_last_settled_timestamp_seconds{app="spiffy",consumer="erp",topic="orders/*"}'
)
CAME = f'hookline_last_accepted_timestamp_seconds{{app="spiffy",topic="orders/create",{A}}}'
CAME_TOO = f'hookline_last_accepted_timestamp_seconds{{app="spiffy",topic="orders/paid",{A}}}'
CAME_TO_ANOTHER = 'hookline_last_accepted_timestamp_seconds{app="other",topic="orders/create"}'
S = 'job="hookline-subscriptions",instance="s"'
OF_TOPIC = {"app": "spiffy", "topic": "orders/create"}
MISSING = f'hookline_subscription_missing{{app="spiffy",topic="orders/create",{S}}}'
RESTORED = f'hookline_subscriptions_restored_total{{app="spiffy",topic="orders/create",{S}}}'
NOT_ASKED = f'hookline_shops_not_asked{{app="spiffy",{S}}}'
LOOKED = f'hookline_last_look_timestamp_seconds{{app="spiffy",{S}}}'
EACH_MINUTE = "0+60x90"
"""A point in time that is always now."""

CASES: list[tuple[str, str, dict[str, str], Labels | None]] = [
    ("HooklineIngressGone", "3m", {f"up{{{A}}}": "1 0x9"}, {}),
    ("HooklineIngressGone", "3m", {f"up{{{W}}}": "1x9"}, {}),
    ("HooklineIngressGone", "3m", {f"up{{{A}}}": "0x9", f"up{{{B}}}": "1x9"}, QUIET),
    ("HooklineProcessDown", "5m", {f"up{{{W}}}": "1 0x9"}, {"instance": "w"}),
    ("HooklineProcessDown", "2m", {f"up{{{W}}}": "1 0x9"}, QUIET),
    ("HooklineNotReady", "4m", {READY: "1 0x9"}, {"instance": "a"}),
    ("HooklineNotReady", "4m", {READY: "0x9", DRAINING: "1x9"}, QUIET),
    ("HooklineNotReady", "4m", {READY: "NaN NaN NaN NaN NaN NaN"}, QUIET),  # nobody has asked
    (
        "HooklineBrokerUnreachable",
        "3m",
        {f'hookline_broker_connected{{link="consume",{W}}}': "1 0x9"},
        {"instance": "w", "link": "consume"},
    ),
    ("HooklineBrokerUnreachable", "3m", {CONNECTED: "0x9"}, {"instance": "a"}),
    ("HooklineBrokerUnreachable", "3m", {CONNECTED: "1x9"}, QUIET),
    (
        "HooklineTurnsWebhooksAway",
        "10m",
        {f'{REFUSED}{{code="broker_unavailable"}}': "0+6x20", ACCEPTED: "0+60x20"},
        {},
    ),
    ("HooklineTurnsWebhooksAway", "10m", {f'{REFUSED}{{code="internal"}}': "0+6x20"}, {}),
    (
        "HooklineTurnsWebhooksAway",
        "10m",
        {f'{REFUSED}{{code="bad_signature"}}': "0+60x20", ACCEPTED: "0+60x20"},
        QUIET,  # that is the sender's
    ),
    (
        "HooklineSignaturesDoNotMatch",
        "25m",
        {BAD_SIGNATURES: "0+10x60", OF_SPIFFY: "0+60x60"},
        THE_APP,
    ),
    ("HooklineSignaturesDoNotMatch", "25m", {BAD_SIGNATURES: "0+10x60"}, THE_APP),
    (
        "HooklineSignaturesDoNotMatch",
        "25m",
        {BAD_SIGNATURES: "0+1x60", OF_SPIFFY: "0+60x60"},
        QUIET,
    ),
    ("HooklineSettingsStale", "10m", {STALE: "1x20"}, {"instance": "a"}),
    ("HooklineSettingsStale", "10m", {STALE: "1 1 1 0x17"}, QUIET),
    ("HooklineLoginsRefused", "15m", {LOGINS_REFUSED: "0+3x20"}, THE_APP),
    ("HooklineLoginsRefused", "15m", {LOGINS_REFUSED: "0+1x20"}, QUIET),
    ("HooklineConsoleStale", "15m", {LAST_STATUS: "60x20"}, {"app": "spiffy", "instance": "a"}),
    ("HooklineConsoleStale", "15m", {LAST_STATUS: "0+60x20"}, QUIET),
    ("HooklineUnconfirmed", "10m", {NACKED: "0+1x20"}, {"reason": "nacked"}),
    ("HooklineUnconfirmed", "10m", {NACKED: "5x20"}, QUIET),
    ("HooklineCopiesMissed", "10m", {COPIES_MISSED: "0+1x20"}, THE_APP),
    ("HooklineCopiesMissed", "10m", {COPIES_MISSED: "5x20"}, QUIET),
    ("HooklineConfirmsSlow", "20m", buckets("hookline_confirm_seconds", "1.0", 50), {}),
    ("HooklineConfirmsSlow", "20m", buckets("hookline_confirm_seconds", "0.05", 100), QUIET),
    ("HooklineNearlyFull", "5m", {IN_FLIGHT: "450x9"}, {"instance": "a"}),
    ("HooklineNearlyFull", "5m", {IN_FLIGHT: "400x9"}, QUIET),
    ("HooklineReadersEvicted", "12m", {"hookline_readers_evicted_total": "0+120x20"}, {}),
    ("HooklineReadersEvicted", "12m", {"hookline_readers_evicted_total": "0+30x20"}, QUIET),
    ("HooklineWebhooksStopped", "250m", {OF_SPIFFY: "0+10x200 2000x60"}, THE_APP),
    ("HooklineWebhooksStopped", "250m", {OF_SPIFFY: "0+10x260"}, QUIET),
    ("HooklineWebhooksStopped", "250m", {f'{ACCEPTED}{{app="small"}}': "0+1x200 200x60"}, QUIET),
    ("HooklineSubscriptionMissing", "20m", {MISSING: "0x5 2x20"}, OF_TOPIC),
    ("HooklineSubscriptionMissing", "20m", {MISSING: "2x5 0x20"}, QUIET),  # put back at once
    ("HooklineSubscriptionsRestored", "20m", {RESTORED: "0x10 1x20"}, OF_TOPIC),
    ("HooklineSubscriptionsRestored", "5m", {RESTORED: "_x2 1x20"}, OF_TOPIC),
    ("HooklineSubscriptionsRestored", "5m", {RESTORED: "_x2 0x20"}, QUIET),
    ("HooklineSubscriptionsRestored", "90m", {RESTORED: "0x5 1x90"}, QUIET),
    ("HooklineShopsNotAsked", "130m", {NOT_ASKED: "1x140"}, THE_APP),
    ("HooklineShopsNotAsked", "130m", {NOT_ASKED: "1x60 0 1x80"}, QUIET),
    ("HooklineSubscriptionsUnwatched", "200m", {LOOKED: "60x5"}, THE_APP),  # it has died
    ("HooklineSubscriptionsUnwatched", "200m", {LOOKED: "0+60x200"}, QUIET),
    ("HooklineSubscriptionsUnwatched", "200m", {OF_SPIFFY: "0+1x200"}, QUIET),  # none runs
    ("HooklineQueueUnconsumed", "15m", {UNCONSUMED: "2x20"}, THE_APP),
    ("HooklineQueueUnconsumed", "15m", {UNCONSUMED: "0x20"}, QUIET),
    ("HooklineNothingSettled", "30m", {SETTLED: "60x90", CAME: EACH_MINUTE}, OF_ERP),
    ("HooklineNothingSettled", "60m", {SETTLED: "0+60x10", CAME: EACH_MINUTE}, OF_ERP),  # none runs
    (
        "HooklineNothingSettled",
        "30m",
        {SETTLED_ANY: "60x90", CAME: EACH_MINUTE, CAME_TOO: EACH_MINUTE},
        {"consumer": "erp", "topic": "orders/*"},
    ),
    ("HooklineNothingSettled", "60m", {SETTLED: EACH_MINUTE, CAME: EACH_MINUTE}, QUIET),
    ("HooklineNothingSettled", "60m", {SETTLED: "60x90", CAME: "60x90"}, QUIET),  # none comes
    ("HooklineNothingSettled", "60m", {CAME: EACH_MINUTE}, QUIET),  # nobody ever took the topic
    ("HooklineNothingSettled", "60m", {SETTLED: "60x90", CAME_TO_ANOTHER: EACH_MINUTE}, QUIET),
    (
        "HooklineNothingSettled",
        "30m",
        {SETTLED: "60x90", CAME: EACH_MINUTE, PAUSED: "1x90"},
        QUIET,
    ),
    ("HooklinePaused", "25h", {PAUSED: "1x1500"}, OF_ERP),
    ("HooklinePaused", "25h", {PAUSED: "1x60 0 1x1430"}, QUIET),
    ("HooklineBreakerOpen", "9m", {BREAKER: "0x3 2x10"}, OF_ERP),
    ("HooklineBreakerOpen", "12m", {BREAKER: "0x3 2 1 2 2 1 2x10"}, OF_ERP),
    ("HooklineBreakerOpen", "7m", {BREAKER: "0x3 2 0x10"}, QUIET),
    ("HooklineBreakerOpen", "9m", {BREAKER: "1x15"}, QUIET),
    ("HooklineDeadLetters", "7m", {REJECTED: "_x5 1x9"}, OF_ERP),
    ("HooklineDeadLetters", "28m", {REJECTED: "3x20 4x20"}, OF_ERP),
    ("HooklineDeadLetters", "30m", {REJECTED: "3x40"}, QUIET),
    ("HooklineWaitsTooLong", "10m", {LAG: "301x20"}, OF_ERP),
    ("HooklineWaitsTooLong", "10m", {LAG: "301x4 _ 301x9"}, OF_ERP),  # another takes over
    ("HooklineWaitsTooLong", "10m", {LAG: "299x20"}, QUIET),
    ("HooklineWaitsTooLong", "10m", {LAG: "900x3 0x20"}, QUIET),
    ("HooklineRetriesMany", "35m", {RETRIED: "0+6x60", DONE: "0+4x60"}, OF_ERP),
    ("HooklineRetriesMany", "35m", {RETRIED: "0+4x60", DONE: "0+6x60"}, QUIET),
    ("HooklineUnrouted", "20m", {UNROUTED: "3x30"}, THE_APP),
    ("HooklineUnrouted", "20m", {UNROUTED: "3x10 0x20"}, QUIET),
    ("HooklineBindingsMissing", "8m", {NOT_BOUND: "1x20"}, THE_APP),
    ("HooklineBindingsMissing", "8m", {NOT_BOUND: "0x20"}, QUIET),
    ("HooklineHandlersLeftBehind", "12m", {LEFT: "1x20"}, {"consumer": "erp", "instance": "w"}),
    ("HooklineHandlersLeftBehind", "12m", {LEFT: "1x5 0x20"}, QUIET),
    ("HooklineOnceUnclaimed", "20m", {UNCLAIMED: "0+1x30"}, {"app": "spiffy", "consumer": "erp"}),
    ("HooklineOnceUnclaimed", "20m", {CLAIMED: "0+9x30"}, QUIET),
    ("HooklineLoopBlocked", "11m", {BLOCKED: "0+1x20"}, {"consumer": "erp"}),
    ("HooklineLoopBlocked", "11m", {BLOCKED: "0 1x20"}, QUIET),
    ("HooklineDeliveriesOutlived", "35m", {OUTLIVED: "0+1x60"}, OF_ERP),
    ("HooklineDeliveriesOutlived", "35m", {OUTLIVED: "0 1x60"}, QUIET),
    ("HooklineBrokerMajorityLost", "3m", rabbits(1, 0, 0), {}),
    ("HooklineBrokerMajorityLost", "3m", rabbits(0), {}),
    ("HooklineBrokerMajorityLost", "3m", rabbits(1, 1, 0), QUIET),
    ("HooklineBrokerNodeDown", "5m", rabbits(1, 1, 0), {"instance": "3"}),
    ("HooklineBrokerNodeDown", "5m", rabbits(1, 1, 1), QUIET),
    ("HooklineBrokerAlarm", "3m", {SHORT_OF_DISK: "1x9"}, {"instance": "1"}),
    ("HooklineBrokerAlarm", "3m", {SHORT_OF_MEMORY: "0x9"}, QUIET),
    ("HooklineBrokerUnwatched", "20m", rabbits(1), {}),
    ("HooklineBrokerUnwatched", "20m", {CONSUMERS_OF_WORK: "1x30"}, QUIET),
    (
        "HooklineQueueNotConsumed",
        "15m",
        {CONSUMERS_OF_WORK: "0x20", IN_WORK_QUEUE: "5x20"},
        IN_WORK,
    ),
    ("HooklineQueueNotConsumed", "15m", {CONSUMERS_OF_WORK: "0x20", IN_WORK_QUEUE: "0x20"}, QUIET),
    *(
        (
            "HooklineQueueNotConsumed",
            "15m",
            {CONSUMERS_OF_WORK: "0x20", IN_WORK_QUEUE: "5x20", BREAKER: f"{state}x20"},
            fires,
        )
        for state, fires in ((0, IN_WORK), (1, IN_WORK), (2, QUIET))
    ),
    *(
        (
            "HooklineQueueNotConsumed",
            "15m",
            {
                f'{CONSUMERS}{{vhost="/",queue="spiffy.erp.{queue}"}}': "0x20",
                f'{QUEUED}{{vhost="/",queue="spiffy.erp.{queue}"}}': "5x20",
                f'hookline_paused{{app="spiffy",consumer="erp",topic="{topic}"}}': paused,
            },
            fires,
        )
        for queue, topic, paused, fires in (
            ("orders.create", "orders/create", "1x20", QUIET),
            ("orders._any", "orders/*", "1x20", QUIET),
            ("_any._any", "*/*", "1x20", QUIET),
            ("orders.create", "orders/*", "1x20", IN_WORK),
            ("orders.create", "orders/create", "0x20", IN_WORK),
        )
    ),
    ("HooklineQueueNotConsumed", "15m", {CONSUMERS_OF_DEAD: "0x20", IN_DEAD_QUEUE: "5x20"}, QUIET),
    ("HooklineQueueNotConsumed", "15m", {CONSUMERS_OF_RUNG: "0x20", IN_RUNG: "5x20"}, QUIET),
    ("HooklineQueueGrows", "80m", {QUEUE_READY: "0+100x90"}, OF_ERP),
    ("HooklineQueueGrows", "80m", {QUEUE_READY: "5000x90"}, QUIET),
    ("HooklinePartitionFull", "10m", {f"hookline_held{{{ERP},{W}}}": "1000x20"}, OF_ERP),
    ("HooklinePartitionFull", "10m", {f"hookline_held{{{ERP},{W}}}": "999x20"}, QUIET),
    ("HooklineSequenceHalted", "20m", {f"hookline_halted{{{ERP},{W}}}": "1x30"}, OF_ERP),
    ("HooklineSequenceHalted", "20m", {f"hookline_halted{{{ERP},{W}}}": "1x8 0x30"}, QUIET),
    ("HooklineDeadLettersLie", "25h", {DEAD_LETTERS: "1x600 _x3 1x900"}, OF_ERP),
    ("HooklineDeadLettersLie", "25h", {DEAD_LETTERS: "1x600 0 1x900"}, QUIET),
    ("HooklineCrashLoop", "10m", {GIVEN_UP: "0x5 1x9"}, {}),
    ("HooklineCrashLoop", "30m", {GIVEN_UP: "0x5 1x30"}, QUIET),
    ("HooklineBrokerReturnsMessages", "12m", {RETURNED: "0+5x20"}, {}),
    ("HooklineBrokerReturnsMessages", "12m", {RETURNED: "5x20"}, QUIET),
    (
        "HooklineRetriesStuck",
        "20m",
        {IN_RUNG: "40x30", READY_IN_RUNG: "0x30", UNACKED_IN_RUNG: "0x30"},
        {"queue": "spiffy.retry.5s"},
    ),
    (
        "HooklineRetriesStuck",
        "20m",
        {IN_RUNG: "40x30", READY_IN_RUNG: "40x30", UNACKED_IN_RUNG: "0x30"},
        QUIET,
    ),
]
"""Alert, when it is looked at, what was scraped each minute until then, its labels if it fires."""
