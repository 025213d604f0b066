// A trained network leaves: as an ONNX file for other programs, and as one C header for a small device.
//
//   export_net        writes lenet.onnx and lenet.h; prints
// lenet.onnx: 248 kB, for batches of any size
// lenet.h: a C function, void lenet(const float* in, float* out)
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <reel/reel.h>

using namespace reel;

struct LeNet : Module {
  Conv2d& conv1 = add("conv1", Conv2d{1, 6, 5, {.padding = 2}});
  Conv2d& conv2 = add("conv2", Conv2d{6, 16, 5});
  Linear& fc1 = add("fc1", Linear{400, 120});
  Linear& fc2 = add("fc2", Linear{120, 84});
  Linear& fc3 = add("fc3", Linear{84, 10});

  Var forward(Var x) override {         // [N,1,28,28]
    x = max_pool2d(relu(conv1(x)), 2);  // [N,6,14,14]
    x = max_pool2d(relu(conv2(x)), 2);  // [N,16,5,5]
    return softmax(fc3(relu(fc2(relu(fc1(flatten(x)))))));
  }
};

int main() {
  seed(1);
  LeNet net;
  const GeneratedDigits digits{640, 1};
  Adam adam{net.parameters()};
  Loader loader{digits, {.batch = 64, .shuffle = true}};
  for (const auto& [images, labels] : loader) {
    Tape tape;
    const Var loss = nll_loss(log(net(tape.input(images))), labels);
    adam.zero_grad();
    tape.backward(loss);
    adam.step();
  }

  // PyTorch: torch.onnx.export(net, example, "lenet.onnx", dynamic_axes=...). Whatever depended on the input's numbers
  // is in what it returns; here nothing did.
  for (const std::string& note : export_onnx(net, {1, 1, 28, 28}, "lenet.onnx")) fmt::print("{}\n", note);
  fmt::print("lenet.onnx: {} kB, for batches of any size\n", std::filesystem::file_size("lenet.onnx") / 1000);

  export_c(net, {1, 1, 28, 28}, "lenet.h");  // no library, no allocation: gcc -std=c99 main.c -lm
  std::ifstream header("lenet.h");
  for (std::string line; std::getline(header, line);) {
    if (line.find("void lenet(const float* in, float* out)") != std::string::npos &&
        line.find('{') != std::string::npos)
      fmt::print("lenet.h: a C function, void lenet(const float* in, float* out)\n");
  }
}
