"""Jobs: pods that are to succeed so many times, counted exactly once through restarts. Behaviour of pkg/controller/job.

A pod carries a finalizer until it has been counted: its uid is first noted in the job's status, then the finalizer is
taken off, then the counter goes up and the uid off the note. ``assessment`` says how the job stands, ``plan`` which
pods to make and delete, ``accounting`` what to count; ``controller`` watches and writes.
"""
