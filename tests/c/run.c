/* Runs what write_c wrote: each case's outputs against those of Reel, and the self-tests. C99 and C++. */
#include <math.h>
#include <stdio.h>

struct Case {
  const char* name;
  void (*run)(const float*, float*);
  float (*self_test)(void); /* null of an op */
  const float* x;
  const float* y;
  int inputs, outputs, runs; /* numbers of each run */
};

#include "cases.h"

static const float tolerance = 1e-5f; /* of the largest output */

static int is_close(const float* y, const float* wanted, int count) {
  float largest = 0.0f;
  for (int i = 0; i < count; i++) largest = isfinite(wanted[i]) ? fmaxf(largest, fabsf(wanted[i])) : largest;
  for (int i = 0; i < count; i++) {
    const int same = y[i] == wanted[i] || (isnan(y[i]) && isnan(wanted[i]));
    if (!same && !(fabsf(y[i] - wanted[i]) <= tolerance * largest)) {
      printf("output %d is %.9g, %.9g in Reel", i, (double)y[i], (double)wanted[i]);
      return 0;
    }
  }
  return 1;
}

int main(void) {
  static float y[LARGEST];
  const int count = (int)(sizeof cases / sizeof cases[0]);
  int failed = 0;
  for (int c = 0; c < count; c++) {
    const struct Case* const one = &cases[c];
    for (int run = 0; run < one->runs; run++) {
      one->run(one->x + run * one->inputs, y);
      if (is_close(y, one->y + run * one->outputs, one->outputs)) continue;
      printf(" (%s, run %d)\n", one->name, run);
      failed++;
    }
    if (one->self_test && !(one->self_test() <= tolerance)) {
      printf("%s fails its self-test: %g\n", one->name, (double)one->self_test());
      failed++;
    }
  }
  printf("%d cases, %d failed\n", count, failed);
  return failed > 0 || count < 100;
}
