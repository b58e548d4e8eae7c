"""What a newcomer does, done by a program: the README's tour, the ReplicaSet that lives, the crash in the middle."""
