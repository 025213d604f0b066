// Writes two event files of one run, the second of which goes on with it, to the folder that is given: what
// read_events.py expects.
#include <limits>
#include <string>

#include <reel/core/run/event_file.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  {
    reel::EventFile events{argv[1]};
    for (int step = 1; step <= 200; step++)  // the varints of steps and lengths grow
      events.write(step, {{"loss/train", 1.0 / step}, {"loss/test", -step / 3.0}});
  }
  reel::EventFile events{argv[1], {.after_step = 150}};
  events.write(151, {{"not a number", std::numeric_limits<double>::quiet_NaN()},
                     {"infinite", -std::numeric_limits<double>::infinity()},
                     {"rounded to float", 0.1},
                     {"Verlust ä, a name of more than 127 bytes: " + std::string(100, '.'), 1},
                     {"no UTF-8: \xff", 0}});
  events.write(reel::kMaxCount, {});
}
