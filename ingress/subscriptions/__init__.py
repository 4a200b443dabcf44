"""Subscriptions: what each shop's platform sends to which address, asked for and kept by its API.

What decides is apart from what speaks HTTP (`client`, `shops_at_once`, `watch`).
"""
