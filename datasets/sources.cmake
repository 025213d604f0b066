reel_sources(
  datasets/digits.cpp
  datasets/digits_hand.cpp
  datasets/digits_raster.cpp
  datasets/digits_strokes.cpp
)
