"""AMQP for both commands: the connection and what stands in its line."""
