"""The controllers are killed in the middle of their work; the log tells whether anybody could have noticed."""
