"""What a process of ours is made of, whichever command it is: log lines, settings, lifetime, links
to the broker.
"""
