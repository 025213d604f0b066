reel_sources(
)
