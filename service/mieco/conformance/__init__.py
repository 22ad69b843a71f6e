"""What the service finds when it examines itself: protocol, answers, shapes, freshness."""
