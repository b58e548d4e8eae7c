"""The controllers: each watches, compares, and writes what is missing. They meet the cluster through the API alone.

``controller`` is what a controller gets and gives, ``manager`` runs them, ``shared`` holds what several need, and
every other module or package is one controller. A controller decides in pure functions (state in, actions out) and
carries out in a thin shell; it knows no other controller and nothing of the server.
"""
