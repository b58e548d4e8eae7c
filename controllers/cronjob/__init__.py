"""CronJobs: Jobs at the times of a schedule, each time once. Behaviour of pkg/controller/cronjob.

``schedule`` reads the five fields and finds the next time, ``plan`` says what is due and what has ended,
``controller`` watches and writes. A job is named after its time, so it cannot be made twice.
"""
