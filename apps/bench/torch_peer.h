// torch_peer.py, which a Python that has PyTorch runs.
#pragma once

namespace reel::apps {

/// Its text: the build puts it into the program, for what runs it may see another file system.
extern const char* const kTorchPeer;

}  // namespace reel::apps
