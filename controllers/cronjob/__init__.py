"""CronJobs: Jobs at times of a schedule. Behaviour of pkg/controller/cronjob."""
