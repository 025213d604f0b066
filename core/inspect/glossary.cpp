// What inspection's words mean, for somebody who knows the chain rule and no Reel.
#include <reel/core/inspect/detail/glossary.h>
#include <reel/core/text/detail/say.h>

#include <algorithm>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same_word(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

const std::vector<GlossaryEntry>& entries() {
  static const std::vector<GlossaryEntry> all{
      {sentence("batch"), sentence("The images that one step of training sees together. Which of them it is, "
                                   "is the first index of a tensor, n.")},
      {sentence("channel"),
       sentence("One of the planes of numbers that an image or a layer's result consists of: a colour image "
                "has three, red, green and blue. It is the second index: in x[n,c,i,j] the channel is c."),
       {"channels", "feature map"}},
      {sentence("contribution"),
       sentence("What one op adds to a gradient. A tensor that several ops read gets a contribution from "
                "each, and its gradient is their sum: that is why backward writes += and not =."),
       {"contributions", "+="}},
      {sentence("deviation"),
       sentence("How far numbers typically lie from their mean: the square root of their variance, to which "
                "a small eps is added so that it is never 0. A normalisation divides by it."),
       {"mean", "variance", "eps"}},
      {sentence("differences"),
       sentence("The loss is computed twice, with one number moved a little up and a little down, and the "
                "difference of the two is divided by the distance: a gradient in which no backward had a "
                "hand. `check` shows it beside backward's."),
       {"difference", "finite differences", "numeric"}},
      {sentence("digits"),
       sentence(
           "Rounding, and the curvature of the loss, leave a difference of two losses only so many digits. "
           "`check` counts them, and in how many of them the gradient of backward is the same.")},
      {sentence("event"),
       sentence("One thing that happens in a step: a tensor is given, an op computes its result, or an op's "
                "backward adds to a gradient. Events are numbered in their order, and time is how many have "
                "happened: `s` and `b` move by one."),
       {"events", "time"}},
      {sentence("factor"),
       sentence("One of the two numbers of a product. In a gradient it says how much the result of an op "
                "moves with the number: the weight of a convolution, the slope of a function."),
       {"factors"}},
      {sentence("flip"),
       sentence("An op's choice that is another one when a number is moved: a relu turns on or off, or "
                "another pixel is the largest of its window. Then there is a kink on the way."),
       {"flips", "choice"}},
      {sentence("forward"),
       sentence(
           "The first half of a step: ops compute values from values, in the order of the program, up to the "
           "loss. The second half, backward, goes through the same ops in reverse and computes gradients."),
       {"backward"}},
      {sentence("gradient"),
       sentence("How much the loss changes with a number: the slope of the loss along it. dw is the gradient "
                "of w and has the shape of w. A step of training moves each weight a little against its "
                "gradient, so that the loss falls."),
       {"gradients", "grad", "slope", "derivative"}},
      {sentence("h"),
       sentence(
           "How far `check` moves a number up and down. A small h loses digits to rounding, a large one to "
           "the curvature of the loss; the usual one balances the two, and `check w[0] 0.1` takes another."),
       {"step size"}},
      {sentence("index"),
       sentence("Where a number stands in its tensor, counted from 0. x[n,c,i,j] is image n, channel c, row "
                "i, column j; a kernel's w[o,c,u,v] is output channel o, input channel c, row u, column v."),
       {"indices", "n", "o", "c", "i", "j", "u", "v"}},
      {sentence("input"),
       sentence("A tensor that the program gives and that gets no gradient, as images and targets. What is "
                "given and gets one is a variable or a parameter."),
       {"inputs"}},
      {sentence("jump"),
       sentence("How many pixels apart two neighbours of a layer look at the image. Each stride on the way "
                "multiplies it."),
       {"jumps"}},
      {sentence("kernel"),
       sentence("The small block of weights that a convolution slides over an image: one for each output "
                "channel, with a slice for each input channel."),
       {"kernels", "filter"}},
      {sentence("kink"),
       sentence("Where the loss bends sharply, as where a relu turns on: the slopes before and behind are "
                "not the same. Differences that reach across a kink are neither, so they may be unlike the "
                "gradient and nothing is wrong."),
       {"kinks"}},
      {sentence("logits"),
       sentence("The last numbers of a network, one for each class: the larger, the likelier. softmax makes "
                "probabilities of them."),
       {"logit"}},
      {sentence("loss"), sentence("The one number that says how wrong a network is. Training makes it "
                                  "smaller, and backward starts at it.")},
      {sentence("MACs"),
       sentence("Multiply-adds, a product that is added to a sum: the arithmetic of convolutions and linear "
                "layers. `cost` counts them."),
       {"MAC", "multiply-add", "multiply-adds"}},
      {sentence("op"),
       sentence("One computation with tensors: conv2d, relu, an addition. It knows its result (forward), and "
                "the gradients of what it has read (backward)."),
       {"ops"}},
      {sentence("parameter"),
       sentence("A tensor of a layer that training changes: a weight or a bias. It is kept from step to "
                "step, and its gradient with it, which the optimiser reads."),
       {"parameters", "weight", "bias"}},
      {sentence("re-summed"),
       sentence("The sum of all the terms of a number, computed once more for the answer. It stands beside "
                "the number that the program stored, so each explanation is checked as well."),
       {"resummed"}},
      {sentence("receptive field"),
       sentence("The pixels on which a number of a later layer depends. It grows with each window on the "
                "way, and what lies outside of it cannot change the number."),
       {"field"}},
      {sentence("running"),
       sentence("The sum of the terms down to this line. In the last line it is the number itself."),
       {"running sum"}},
      {sentence("seed"),
       sentence("What backward starts with: the gradient of the loss with respect to itself, which is 1. "
                "(The --seed of a program is another thing: its random numbers start there.)")},
      {sentence("share"),
       sentence("How much one use or product counts among all, by their sizes without signs: with 64% of 4 "
                "uses, its size is 64% of the sum of the four sizes.")},
      {sentence("softmax"), sentence("Makes probabilities of logits: exp of each, divided by the sum of all "
                                     "of these. They lie between 0 and 1 and add up to 1.")},
      {sentence("stored"), sentence("A number as the program computed and kept it, rounded to its precision. "
                                    "Beside it stands the sum of its terms, re-summed.")},
      {sentence("tape"),
       sentence("What is recorded of one step: each op, what it read and what it made, in their order. "
                "Backward plays it in reverse; `list` shows both ways."),
       {"reel"}},
      {sentence("tensor"),
       sentence("Numbers in rows and columns, in as many dimensions as its shape says: [1,2,3,3] is 1 image "
                "of 2 channels with 3 rows and 3 columns."),
       {"tensors", "shape"}},
      {sentence("term"),
       sentence("One of the numbers that are added up to another; `why` lists them. Most terms are products "
                "of two factors, some stand alone, as a bias."),
       {"terms", "product", "products"}},
      {sentence("use"), sentence("A number that reads another one: a pixel of 3x3 windows, for instance, is "
                                 "used nine times. Its gradient has a product for each.")},
      {sentence("variable"),
       sentence("A tensor that the program gives and of which it wants the gradient, but that no layer "
                "keeps: tape.variable(...). In the lessons x is one, and w a parameter."),
       {"variables"}},
      {sentence("window"),
       sentence("The pixels at which a convolution or a pooling looks for one number of its result. For the "
                "next number it moves on by the stride."),
       {"windows", "stride"}},
      {sentence("xhat"),
       sentence("A number x that is normalised: (x - mean) / deviation. The result of a normalisation is "
                "xhat * weight + bias."),
       {"normalisation", "batch norm", "layer norm"}},
  };
  return all;
}

}  // namespace

std::span<const GlossaryEntry> glossary() { return entries(); }

const GlossaryEntry* glossary_entry(std::string_view word) {
  for (const GlossaryEntry& entry : entries()) {
    const auto is_word = [&](std::string_view other) { return same_word(word, other); };
    const bool is_known = is_word(entry.word) || is_word(in_own_words(entry.word));
    if (is_known || std::ranges::any_of(entry.others, is_word)) return &entry;
  }
  return nullptr;
}

}  // namespace reel::inline REEL_PRECISION::inspect
