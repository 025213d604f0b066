// The front door: every public header of Reel.
#pragma once

#include <reel/core/error.h>
#include <reel/core/io/state.h>
#include <reel/core/memory.h>
#include <reel/core/ops/ops.h>
#include <reel/core/parallel.h>
#include <reel/core/parameter.h>
#include <reel/core/random.h>
#include <reel/core/shape.h>
#include <reel/core/tape.h>
#include <reel/core/tensor.h>
#include <reel/datasets/dataset.h>
#include <reel/layers/activations.h>
#include <reel/layers/batch_norm2d.h>
#include <reel/layers/conv1x1.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/dropout.h>
#include <reel/layers/flatten.h>
#include <reel/layers/init.h>
#include <reel/layers/layer_norm.h>
#include <reel/layers/linear.h>
#include <reel/layers/module.h>
#include <reel/layers/pooling.h>
#include <reel/layers/residual.h>
#include <reel/layers/sequential.h>
