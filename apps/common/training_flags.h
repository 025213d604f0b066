// The flags that say how to train and what to leave behind, the same in every program that trains.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <reel/core/scalar.h>

#include "common/program.h"
#include "common/settings.h"

namespace reel::apps {

/// 8 under mpirun, whatever the number of processes, otherwise 1.
Index default_shards();

/// How long and with what to train, and what to write; add_training_flags() has a flag for each member.
struct TrainingFlags {
  int epochs = 5;
  Index batch = 64;                 ///< images in a batch
  Index accumulate = 1;             ///< batches whose gradients make one step
  Index shards = default_shards();  ///< parts of a batch that processes share
  bool overlap = true;              ///< send gradients while backward goes on
  double label_smoothing = 0;       ///< share of the target that all classes have alike
  double clip = 0;                  ///< largest norm of all gradients; 0: no limit
  double ema = 0;                   ///< decay of the weights' average; 0: none
  std::string load = {}, save = {}, onnx = {}, metrics = {}, report = {};  ///< files; empty: none
  std::string checkpoint = {};                                             ///< folder; empty: none
  Index every = 0;       ///< steps between two checkpoints; 0: one after each epoch
  int keep = 3;          ///< how many checkpoints, besides the best
  bool resume = false;   ///< go on from the latest checkpoint
  bool profile = false;  ///< print time and bytes by layer and op
};

/// Adds them all; what `flags` holds is their default.
void add_training_flags(CLI::App& app, TrainingFlags& flags);
/// Of several processes, a DisagreementError where their settings are not alike; the first alone writes files and
/// checkpoints: the others forget their names. An Error where the program was built without MPI and mpirun has started
/// several of it.
void share_work(TrainingFlags& flags, Settings& settings);
/// Adds to the settings what is trained on, where anything is, and what is tested on. Of several processes, a
/// DisagreementError where these are not alike, as where one has no files of it and takes something else.
void share_data(Settings& settings, const std::optional<std::string>& train, const std::string& test);
/// Before an hour of training rather than after: a UsageError where two of the files are one, an output is
/// one of the `data` files or of the others that are read, or has a name that the checkpoints have; an
/// IoError where one could not be written.
void check_files(const TrainingFlags& flags, const std::vector<std::filesystem::path>& data);

}  // namespace reel::apps
