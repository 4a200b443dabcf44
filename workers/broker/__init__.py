"""The only AMQP of the workers: connections, declaring, consuming, settling, looking through
queues.
"""
