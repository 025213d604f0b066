reel_sources(
  datasets/cifar.cpp
  datasets/cifar_classes.cpp
  datasets/digits.cpp
  datasets/digits_hand.cpp
  datasets/digits_raster.cpp
  datasets/digits_strokes.cpp
  datasets/download_command.cpp
  datasets/idx.cpp
  datasets/loader.cpp
  datasets/metrics.cpp
  datasets/mixup.cpp
  datasets/mnist.cpp
  datasets/transform.cpp
)
set_source_files_properties(datasets/download_command.cpp PROPERTIES COMPILE_DEFINITIONS
  "REEL_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\";REEL_INSTALL_PREFIX=\"${CMAKE_INSTALL_PREFIX}\"")
