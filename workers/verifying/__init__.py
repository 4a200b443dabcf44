"""What the management API shows of an app and AMQP does not: bindings, policies, users."""
