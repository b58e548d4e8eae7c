"""Jobs: pods that are to succeed so many times. Behaviour of pkg/controller/job."""
