"""What a service needs from the cluster: its addresses out of the service network, its node ports."""
