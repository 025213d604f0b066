// The front door: all that a training program needs.
#pragma once

#include <reel/core/error.h>
#include <reel/core/io/state.h>
#include <reel/core/location.h>
#include <reel/core/memory.h>
#include <reel/core/op.h>
#include <reel/core/ops/ops.h>
#include <reel/core/parallel.h>
#include <reel/core/parameter.h>
#include <reel/core/random.h>
#include <reel/core/scalar.h>
#include <reel/core/shape.h>
#include <reel/core/tape.h>
#include <reel/core/tensor.h>
#include <reel/datasets/dataset.h>
