"""What a node agent serves over HTTP. Knows pods, nodes and runtimes; writes nothing."""
