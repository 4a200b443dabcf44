"""An author's own package: consumers for a shop's webhooks."""
