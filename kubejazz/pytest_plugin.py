"""The pytest plugin: fixtures that start kubejazz as a process of its own. It imports none of the server's folders."""
