"""DaemonSets: one pod on every node that wants one. Behaviour of pkg/controller/daemon."""
