#include "kernels.h"

#include <algorithm>

#include <fmt/format.h>

#include <reel/core/parallel.h>

#include "common/output.h"
#include "common/program.h"
#include "kernel_list.h"
#include "peak.h"
#include "timing.h"

namespace reel::apps {
namespace {

constexpr double kKernelWindow = 0.03;  // seconds: the whole table takes less than a minute

// GFLOP/s and GB/s of all threads together.
struct Peaks {
  double gflops, gb;
};

// The time of a pass, its GFLOP/s or GB/s, and the share of what is possible.
struct PassTime {
  double seconds, rate, share;
};

PassTime time_pass(const Kernel& kernel, const Pass& pass, const Peaks& peaks) {
  const double seconds = best_seconds(pass.run, kKernelWindow), rate = pass.work / seconds * 1e-9;
  return {seconds, rate, rate / (kernel.arithmetic ? peaks.gflops : peaks.gb)};
}

Peaks print_peaks(bool json) {
  const double per_thread = peak_gflops_per_thread(), copy = copy_gb_per_second();
  if (json) {
    say("{{\"op\":\"peak\",\"threads\":{},\"gflop_s_per_thread\":{:.1f},\"copy_gb_s\":{:.2f}}}\n",
        num_threads(), per_thread, copy);
  } else {
    say("{} thread{}, of which each reaches {:.0f} GFLOP/s of fused multiply-adds; copies at {:.1f} GB/s\n",
        num_threads(), num_threads() > 1 ? "s" : "", per_thread, copy);
  }
  return {per_thread * num_threads(), copy};
}

void print_json(const Kernel& kernel, const Pass& pass, const PassTime& time) {
  say("{{\"op\":\"{}\",\"shape\":\"{}\",\"pass\":\"{}\",\"threads\":{},\"ms\":{:.4g},\"{}\":{:.4g},"
      "\"{}\":{:.4g}}}\n",
      kernel.op, kernel.shape, pass.name, num_threads(), time.seconds * 1e3,
      kernel.arithmetic ? "gflop_s" : "gb_s", time.rate, kernel.arithmetic ? "of_peak" : "of_copy",
      time.share);
}

void print_header(const Kernel& kernel, const std::vector<Pass>& passes) {
  say("\n{:<51}", kernel.op);
  for (const Pass& pass : passes) {
    say("{:>10} ms {:>7} {:>8}", pass.name, kernel.arithmetic ? "GFLOP/s" : "GB/s",
        kernel.arithmetic ? "of peak" : "of copy");
  }
  say("\n");
}

void print_row(const Kernel& kernel, const std::vector<Pass>& passes, const Peaks& peaks) {
  say("{:<51}", kernel.shape);
  for (const Pass& pass : passes) {
    if (!pass.run) {
      say("{:>13} {:>7} {:>8}", "-", "-", "-");
      continue;
    }
    const PassTime time = time_pass(kernel, pass, peaks);
    say("{:>13.4f} {:>7.1f} {:>7.0f}%", time.seconds * 1e3, time.rate, time.share * 100);
  }
  say("\n");
}

}  // namespace

void add_kernel_flags(CLI::App& app, KernelFlags& flags) {
  app.add_option("--only", flags.only, "Just the kernels whose op and shape contain this: \"conv2d vgg_bn\"");
  app.add_flag("--json", flags.json, "A line of JSON for each measurement");
}

void run_kernels(const KernelFlags& flags) {
  std::vector<Kernel> list = kernel_list();
  std::erase_if(list, [&](const Kernel& kernel) {
    return (kernel.op + " " + kernel.shape).find(flags.only) == std::string::npos;
  });
  if (list.empty()) throw UsageError(fmt::format("no kernel's op and shape contain \"{}\"", flags.only));
  const Peaks peaks = print_peaks(flags.json);
  std::string op;
  for (const Kernel& kernel : list) {
    const std::vector<Pass> passes = kernel.prepare();
    if (flags.json) {
      for (const Pass& pass : passes) {
        if (pass.run) print_json(kernel, pass, time_pass(kernel, pass, peaks));
      }
      continue;
    }
    if (kernel.op != std::exchange(op, kernel.op)) print_header(kernel, passes);
    print_row(kernel, passes, peaks);
  }
}

}  // namespace reel::apps
