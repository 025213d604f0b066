#include "kernels.h"

#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <reel/core/parallel.h>

#include "common/output.h"
#include "common/program.h"
#include "kernel_list.h"
#include "kernel_peers.h"
#include "peak.h"
#include "timing.h"

namespace reel::apps {
namespace {

// GFLOP/s and GB/s of all threads together.
struct Peaks {
  double gflops, gb;
};

// The time of a pass, its GFLOP/s or GB/s, and the share of what is possible.
struct PassTime {
  double seconds, rate, share;
};

PassTime pass_time(const Kernel& kernel, const Pass& pass, double seconds, const Peaks& peaks) {
  const double rate = pass.work / seconds * 1e-9;
  return {seconds, rate, rate / (kernel.arithmetic ? peaks.gflops : peaks.gb)};
}

Peaks print_peaks(bool json) {
  const double per_thread = peak_gflops_per_thread(), copy = copy_gb_per_second();
  if (json) {
    print_text("{{\"op\":\"peak\",\"threads\":{},\"gflop_s_per_thread\":{:.1f},\"copy_gb_s\":{:.2f}}}\n",
               num_threads(), per_thread, copy);
  } else {
    print_text(
        "{} thread{}, of which each reaches {:.0f} GFLOP/s of fused multiply-adds; copies at {:.1f} GB/s\n",
        num_threads(), num_threads() > 1 ? "s" : "", per_thread, copy);
  }
  return {per_thread * num_threads(), copy};
}

// `library` is empty where it is Reel.
void print_json(const Kernel& kernel, const std::string& library, const Pass& pass, const PassTime& time) {
  const std::string peer = library.empty() ? "" : fmt::format("\"peer\":\"{}\",", library);
  print_text(
      "{{{}\"op\":\"{}\",\"shape\":\"{}\",\"pass\":\"{}\",\"threads\":{},\"ms\":{:.4g},\"{}\":{:.4g},"
      "\"{}\":{:.4g}}}\n",
      peer, kernel.op, kernel.shape, pass.name, num_threads(), time.seconds * 1e3,
      kernel.arithmetic ? "gflop_s" : "gb_s", time.rate, kernel.arithmetic ? "of_peak" : "of_copy",
      time.share);
}

void print_header(const Kernel& kernel, const std::vector<Pass>& passes) {
  print_text("\n{:<51}", kernel.op);
  for (const Pass& pass : passes) {
    print_text("{:>10} ms {:>7} {:>8}", pass.name, kernel.arithmetic ? "GFLOP/s" : "GB/s",
               kernel.arithmetic ? "of peak" : "of copy");
  }
  print_text("\n");
}

void print_time(const PassTime& time) {
  print_text("{:>13.4f} {:>7.1f} {:>7.0f}%", time.seconds * 1e3, time.rate, time.share * 100);
}

// The seconds of a pass; nothing where it is not run.
using Timer = std::function<std::optional<double>(const Pass&)>;

// A line for the passes of Reel or of a library, or one of JSON for each.
void print_passes(const Kernel& kernel, const std::string& library, const std::vector<Pass>& passes,
                  const Peaks& peaks, bool json, const Timer& timer) {
  if (!json) print_text("{:<51}", library.empty() ? kernel.shape : "  " + library);
  for (const Pass& pass : passes) {
    const std::optional<double> seconds = timer(pass);
    if (!seconds) {
      if (!json) print_text("{:>13} {:>7} {:>8}", "-", "-", "-");
      continue;
    }
    const PassTime time = pass_time(kernel, pass, *seconds, peaks);
    json ? print_json(kernel, library, pass, time) : print_time(time);
  }
  if (!json) print_text("\n");
}

std::optional<double> own_seconds(const Pass& pass) {
  if (!pass.run) return {};
  return best_seconds(pass.run, kKernelWindow);
}

Timer peer_timer(const KernelPeer& peer, const Kernel& kernel) {
  return [seconds = seconds_of_passes(peer, kernel.shape)](const Pass& pass) -> std::optional<double> {
    const auto found = seconds.find(pass.name);
    if (found == seconds.end()) return {};
    return found->second;
  };
}

}  // namespace

void add_kernel_flags(CLI::App& app, KernelFlags& flags) {
  app.add_option("--only", flags.only, "Just the kernels whose op and shape contain this: \"conv2d vgg_bn\"");
  app.add_flag("--json", flags.json, "A line of JSON for each measurement");
  app.add_flag("--peers", flags.peers,
               "Beside each convolution those of oneDNN and LIBXSMM, where they were built");
}

void run_kernels(const KernelFlags& flags) {
  std::vector<Kernel> list = kernel_list();
  std::erase_if(list, [&](const Kernel& kernel) {
    return (kernel.op + " " + kernel.shape).find(flags.only) == std::string::npos;
  });
  if (list.empty()) throw UsageError(fmt::format("no kernel's op and shape contain \"{}\"", flags.only));
  const std::vector<KernelPeer> peers = flags.peers ? find_kernel_peers() : std::vector<KernelPeer>{};
  const Peaks peaks = print_peaks(flags.json);
  std::string op;
  for (const Kernel& kernel : list) {
    const std::vector<Pass> passes = kernel.prepare();
    if (!flags.json && kernel.op != std::exchange(op, kernel.op)) print_header(kernel, passes);
    print_passes(kernel, "", passes, peaks, flags.json, own_seconds);
    if (kernel.op != "conv2d") continue;
    for (const KernelPeer& peer : peers) {
      print_passes(kernel, peer.library, passes, peaks, flags.json, peer_timer(peer, kernel));
    }
  }
}

}  // namespace reel::apps
