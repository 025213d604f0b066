reel_sources(
  datasets/idx.cpp
  datasets/loader.cpp
  datasets/metrics.cpp
  datasets/mnist.cpp
  datasets/transform.cpp
)
