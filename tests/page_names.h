// What the pieces of code in README.md files speak of. They are compiled, not run: nothing of this is defined.
#pragma once

#include <string>
#include <vector>

#include <reel/core/formula/formula.h>
#include <reel/reel.h>

using namespace reel;

extern Sequential net;
extern Adam adam;
extern Tape tape;
extern Var x, y, w, b, loss, logits;
extern Tensor t;
extern const std::vector<int> labels;
extern const GeneratedDigits data;
extern const Index n;
extern const std::string path;
