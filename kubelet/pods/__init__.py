"""What should happen to a pod next, and what its status says: functions and state machines without I/O.

Nothing here may read a clock, call the API, or call a runtime: ``now`` comes in, actions go out.
"""
