reel_sources(
  datasets/digit_raster.cpp
  datasets/digit_strokes.cpp
  datasets/digits.cpp
)
