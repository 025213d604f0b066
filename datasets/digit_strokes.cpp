#include <reel/datasets/digit_strokes.h>

#include <array>

namespace reel::inline REEL_PRECISION::digits {
namespace {

using Forms = std::vector<Form>;
constexpr Turn kSharp = Turn::kSharp;

// clang-format off
const Forms kZero = {
    // an oval, closed at the top
    {4, {{{48, 2}, {22, 14}, {8, 50}, {20, 86}, {48, 98}, {77, 86}, {90, 50}, {77, 14}, {46, 2}}}},
    // the end crosses the start and leaves a tail inside
    {1, {{{66, 12}, {40, 3}, {14, 25}, {8, 60}, {25, 92}, {55, 97}, {82, 75}, {88, 40}, {70, 10}, {45, 3}, {36, 14}}}},
    // started at the left, clockwise, left open
    {1, {{{30, 6}, {12, 30}, {8, 62}, {26, 94}, {58, 96}, {84, 72}, {88, 36}, {68, 8}, {42, 10}}}},
};

const Forms kOne = {
    // a bare line
    {8, {{{50, 0}, {50, 50}, {50, 100}}}},
    // a flag at the top
    {1.5, {{{30, 20}, {42, 10}, {52, 0, kSharp}, {52, 50}, {52, 100}}}},
    // a flag and a base
    {1, {{{28, 20}, {42, 10}, {52, 0, kSharp}, {52, 50}, {52, 100}},
         {{22, 100}, {52, 100}, {84, 98}}}},
};

const Forms kTwo = {
    // a bow onto a straight base
    {3, {{{10, 25}, {25, 6}, {50, 0}, {75, 10}, {78, 32}, {58, 60}, {32, 82}, {5, 100, kSharp}, {45, 98}, {90, 97}}}},
    // a loop at the lower left
    {3, {{{12, 20}, {30, 4}, {55, 1}, {75, 12}, {74, 35}, {55, 65}, {32, 90}, {10, 98}, {4, 86}, {20, 78}, {45, 88}, {68, 98}, {98, 90}}}},
    // as a Z
    {1, {{{10, 8}, {45, 4}, {80, 5, kSharp}, {50, 50}, {8, 96, kSharp}, {45, 97}, {90, 96}}}},
    // a wave as the base
    {2, {{{10, 22}, {28, 4}, {52, 0}, {74, 12}, {74, 34}, {50, 66}, {5, 98, kSharp}, {30, 90}, {62, 98}, {95, 86}}}},
};

const Forms kThree = {
    // two bows that meet in a cusp
    {4, {{{12, 12}, {40, 0}, {70, 10}, {68, 32}, {36, 47, kSharp}, {70, 56}, {82, 76}, {55, 98}, {6, 92}}}},
    // a flat top
    {1, {{{10, 4}, {45, 3}, {80, 4, kSharp}, {58, 25}, {36, 42, kSharp}, {70, 50}, {82, 74}, {55, 98}, {8, 94}}}},
    // a small loop in the middle
    {1, {{{10, 15}, {40, 0}, {70, 10}, {66, 34}, {42, 50}, {28, 52}, {36, 44}, {66, 54}, {80, 76}, {52, 98}, {6, 90}}}},
    // one wave, the waist rounded
    {1, {{{12, 12}, {45, 1}, {72, 16}, {58, 40}, {50, 47}, {70, 58}, {78, 80}, {48, 99}, {8, 92}}}},
};

const Forms kFour = {
    // open: an angle, then a long leg
    {3, {{{25, 2}, {16, 30}, {6, 56, kSharp}, {45, 56}, {92, 50}},
         {{76, 4}, {70, 50}, {62, 100}}}},
    // a bowl, then a long leg
    {2, {{{16, 0}, {8, 30}, {20, 50}, {50, 50}, {78, 38}},
         {{84, 2}, {78, 50}, {72, 100}}}},
    // closed, the bar drawn past the leg
    {2, {{{66, 2}, {36, 34}, {5, 64, kSharp}, {50, 65}, {95, 63}},
         {{66, 2}, {65, 50}, {62, 100}}}},
    // closed, in one go, the bar ending at the leg
    {1, {{{20, 5}, {12, 40, kSharp}, {45, 42}, {80, 36}},
         {{82, 0}, {80, 45}, {80, 100}}}},
};

const Forms kFive = {
    // belly first, the hat apart
    {3, {{{28, 5}, {22, 44, kSharp}, {50, 40}, {76, 56}, {74, 84}, {45, 100}, {6, 94}},
         {{26, 6}, {55, 4}, {92, 2}}}},
    // in one go from the hat
    {2, {{{88, 3}, {58, 5}, {30, 6, kSharp}, {22, 42, kSharp}, {50, 40}, {75, 58}, {70, 86}, {42, 100}, {6, 92}}}},
    // rounded like an S
    {1.5, {{{88, 4}, {52, 5}, {26, 20}, {32, 40}, {62, 54}, {72, 76}, {48, 97}, {8, 94}}}},
};

const Forms kSix = {
    // a curved stem
    {3, {{{68, 2}, {38, 22}, {15, 52}, {12, 80}, {38, 100}, {68, 88}, {70, 66}, {45, 56}, {18, 74}}}},
    // a straight stem
    {2, {{{40, 0}, {25, 36}, {12, 74}, {32, 100}, {66, 90}, {68, 66}, {42, 58}, {14, 80}}}},
    // a wide bowl
    {1.5, {{{45, 3}, {18, 30}, {5, 65}, {22, 95}, {60, 98}, {86, 76}, {72, 54}, {42, 60}, {28, 84}}}},
};

const Forms kSeven = {
    // two lines
    {4, {{{8, 8}, {45, 6}, {88, 5, kSharp}, {64, 42}, {44, 100}}}},
    // a bar across the leg
    {1.5, {{{8, 8}, {45, 6}, {86, 5, kSharp}, {62, 42}, {42, 100}},
         {{28, 50}, {55, 48}, {84, 46}}}},
    // a serif at the left
    {1.5, {{{8, 26}, {10, 6, kSharp}, {45, 7}, {84, 4, kSharp}, {66, 42}, {52, 100}}}},
    // a wave and a bent leg
    {1.5, {{{6, 18}, {26, 6}, {56, 12}, {86, 4, kSharp}, {62, 40}, {50, 100}}}},
    // a rounded shoulder
    {1.5, {{{8, 12}, {45, 2}, {80, 8}, {76, 36}, {58, 68}, {48, 100}}}},
};

const Forms kEight = {
    // in one go, an S closed upwards
    {5, {{{74, 14}, {46, 0}, {20, 18}, {38, 42}, {66, 62}, {70, 86}, {42, 100}, {16, 84}, {30, 60}, {60, 38}, {76, 12}}}},
    // two rings
    {2, {{{46, 48}, {20, 40}, {20, 12}, {46, 1}, {74, 12}, {72, 38}, {46, 48}},
         {{46, 46}, {16, 60}, {14, 86}, {46, 100}, {78, 88}, {78, 60}, {46, 46}}}},
    // open at the upper right
    {1.5, {{{84, 10}, {50, 2}, {22, 16}, {36, 40}, {60, 62}, {62, 88}, {38, 100}, {16, 86}, {30, 62}, {60, 42}, {80, 26}}}},
};

const Forms kNine = {
    // a loop and a straight leg
    {3, {{{76, 16}, {48, 2}, {20, 18}, {24, 42}, {52, 44}, {76, 18, kSharp}, {70, 56}, {60, 100}}}},
    // the leg curved to the left
    {1.5, {{{78, 18}, {50, 1}, {20, 16}, {24, 42}, {54, 44}, {78, 20, kSharp}, {78, 60}, {60, 92}, {20, 96}}}},
    // a loop that runs on into the leg
    {3, {{{72, 30}, {50, 46}, {22, 42}, {20, 18}, {46, 2}, {72, 12}, {76, 40}, {66, 70}, {50, 100}}}},
    // flat on top, the leg drawn apart
    {1, {{{74, 8}, {40, 4}, {18, 22}, {30, 44}, {60, 42}, {76, 30}},
         {{76, 4}, {76, 50}, {74, 100}}}},
};
// clang-format on

}  // namespace

std::span<const Form> forms(int digit) {
  static const std::array<const Forms*, 10> kForms = {&kZero, &kOne, &kTwo,   &kThree, &kFour,
                                                      &kFive, &kSix, &kSeven, &kEight, &kNine};
  return *kForms[static_cast<std::size_t>(digit)];
}

}  // namespace reel::inline REEL_PRECISION::digits
