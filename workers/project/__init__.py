"""The small project that `hookline-workers new` makes: its files, and which names it may have."""
