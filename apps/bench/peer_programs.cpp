#include "peer_programs.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "child.h"
#include "torch_peer.h"

namespace reel::apps {
namespace {

using Command = std::vector<std::string>;

Rates rates_of(const Command& command, const std::string& input = "/dev/null") {
  const auto row = nlohmann::json::parse(output_of(command, input));
  if (row.contains("failed")) throw std::runtime_error(row["failed"].get<std::string>());
  Rates rates{.program = row.at("peer"), .infer = row.at("infer_img_s"), .parameters = {}};
  if (row.contains("train_img_s")) rates.train = row["train_img_s"];
  if (row.contains("parameters")) rates.parameters = row["parameters"].get<Index>();
  return rates;
}

Command with_flags(Command command, const Setting& setting) {
  for (const std::string& word :
       {std::string("--only"), setting.network.name, std::string("--batch"), std::to_string(setting.batch),
        std::string("--threads"), std::to_string(setting.threads)}) {
    command.push_back(word);
  }
  return command;
}

// With the settings of glibc's allocator that suit peers best: they save them the page faults of large blocks.
Command peer_command(const Setting& setting, const Command& program) {
  Command command{"env",
                  fmt::format("OMP_NUM_THREADS={}", setting.threads),
                  fmt::format("OPENBLAS_NUM_THREADS={}", setting.threads),
                  "MALLOC_MMAP_THRESHOLD_=4000000000",
                  "MALLOC_TRIM_THRESHOLD_=8000000000",
                  "MALLOC_TOP_PAD_=500000000"};
  command.insert(command.end(), program.begin(), program.end());
  return with_flags(std::move(command), setting);
}

// Has the Python that `torch` runs do `program`, a text, with the arguments that are to follow.
Command python_command(const std::string& torch, const std::string& program,
                       const std::string& redirection = "") {
  return {"sh", "-c", torch + " -c \"$0\" \"$@\"" + redirection, program};
}

// Of torch_peer.py.
struct Dress {
  const char* name;
  Peer::Kind kind;
};
constexpr Dress kDresses[]{{"eager", Peer::Kind::kFloat32},        {"eager-cl", Peer::Kind::kFloat32},
                           {"compiled", Peer::Kind::kFloat32},     {"compiled-cl", Peer::Kind::kFloat32},
                           {"bfloat16-cl", Peer::Kind::kBfloat16}, {"onnxruntime", Peer::Kind::kOnnx}};

Command dress_command(const std::string& torch, const std::string& dress, const Setting& setting) {
  // It says itself why it fails; what else libraries complain of is nothing to a reader of the table.
  Command program = python_command(torch, kTorchPeer, " 2> /dev/null");
  program.insert(program.end(), {"--dress", dress});
  return peer_command(setting, program);
}

// A file that lives as long as this.
class TemporaryFile {
 public:
  TemporaryFile() : path_(std::filesystem::temp_directory_path() / "reel-bench-XXXXXX") {
    const int file = mkstemp(path_.data());
    if (file < 0) throw std::system_error(errno, std::generic_category(), path_);
    close(file);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Rates run_torch(const std::string& torch, const std::string& dress, const Setting& setting) {
  return rates_of(dress_command(torch, dress, setting));
}

Rates run_onnx(const std::string& torch, const std::string& dress, const Setting& setting) {
  const Network& network = setting.network;
  const TemporaryFile file;
  export_onnx(*network.make(), Shape{setting.batch, network.channels, network.side, network.side},
              file.path(), {.batch = setting.batch});
  return rates_of(dress_command(torch, dress, setting), file.path());
}

// Small networks slow down on a second thread, so the faster one counts.
Rates faster_of(const Peer& peer, const Setting& setting) {
  Rates rates = peer.run(setting);
  if (setting.threads == 1) return rates;
  const Rates alone = peer.run({setting.network, setting.batch, 1});
  rates.train = std::max(rates.train, alone.train);
  rates.infer = std::max(rates.infer, alone.infer);
  return rates;
}

Peer at_its_best(Peer peer) {
  const auto run = [peer](const Setting& setting) { return faster_of(peer, setting); };
  peer.run = run;
  return peer;
}

void check_torch(const std::string& torch) {
  try {
    output_of(
        python_command(torch, "import importlib.util, sys; sys.exit(not importlib.util.find_spec('torch'))"));
  } catch (const std::runtime_error&) {
    throw std::runtime_error(fmt::format("--torch \"{}\" runs no Python that has PyTorch", torch));
  }
}

}  // namespace

Rates run_reel(const Setting& setting) {
  return rates_of(with_flags({"/proc/self/exe", "models", "--json"}, setting));
}

std::vector<Peer> find_peers(const std::string& torch) {
  std::vector<Peer> peers;
  if (const std::string libtorch = program_beside("bench_libtorch"); !libtorch.empty()) {
    peers.push_back({"libtorch", Peer::Kind::kFloat32, false, [libtorch](const Setting& setting) {
                       return rates_of(peer_command(setting, {libtorch, "--json"}));
                     }});
  }
  if (!torch.empty()) {
    check_torch(torch);
    for (const auto& [dress, kind] : kDresses) {
      const auto run = kind == Peer::Kind::kOnnx ? run_onnx : run_torch;
      peers.push_back({dress, kind, true, [=, name = std::string(dress)](const Setting& setting) {
                         return run(torch, name, setting);
                       }});
    }
  }
  if (peers.empty()) {
    throw std::runtime_error(
        "nothing to compare with: bench_libtorch is not beside this program (install libtorch-dev and "
        "libopenblas-dev, configure with -DREEL_BENCH_PEERS=ON and build the target bench_libtorch), and "
        "--torch is not "
        "given");
  }
  std::ranges::transform(peers, peers.begin(), at_its_best);
  return peers;
}

}  // namespace reel::apps
