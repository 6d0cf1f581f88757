"""What an index says of itself: statistics."""
