"""What the pages and the API share: what they work with, who asks, and whether he may."""
