// Whole files: read with clear errors, replaced all at once or not at all.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Where the links at `path` lead, one after another, be something there or not: itself where it is no link.
std::filesystem::path end_of_links(std::filesystem::path path);

/// The bytes of a file or pipe. One that is missing, a folder, a device, unreadable or larger than the memory
/// is an IoError.
std::string read_bytes(const std::string& path);

/// An IoError where write_atomically() to `path` would fail now, say what a program asks before it works for
/// an hour: it does the same steps with a file that it takes away again. What is there stays as it is.
void check_writable(const std::string& path);

/// Replaces the file at `path` by `pieces`, one after another, or creates it. They are written and flushed
/// beside it, under the permissions of the old file, then renamed onto it: after a full disk, a crash or a
/// kill the old file is whole. Where `path` is a link, the file that it leads to is replaced or created.
/// Folders, pipes, devices, files that may not be written and the one that the program prints to are refused.
/// A file system that cannot flush or keep permissions does without.
/// An IoError leaves nothing behind, but for one: what could be written and not renamed stays beside `path`,
/// and the message says where. A kill may leave "<path>.tmp-<process>-<n>".
void write_atomically(const std::string& path, std::span<const std::string_view> pieces);

/// Removes from `folder` what killed processes have left there of files with that suffix, say ".safetensors".
/// What is being written stays, whoever writes it: it is locked. What cannot be removed stays, too.
void remove_leftovers(const std::string& folder, std::string_view suffix);

}  // namespace reel::inline REEL_PRECISION
