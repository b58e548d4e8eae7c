"""Claims, volumes and volume attributes classes are not taken away from under those who use them."""
