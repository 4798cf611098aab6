#include "include/CKernels.h"
#include "elementary.h"
#include "targets.h"

// The maximum of a row's scores, and Σ exp(s − maximum); stores the exponentials to `to` unless it is NULL.
LEMNOS_INLINE float normalizer(const float *scores, int64_t classes, float *greatest, float *to) {
  float most = scores[0], total = 0.0f;
  for (int64_t c = 1; c < classes; c++) most = most < scores[c] || scores[c] != scores[c] ? scores[c] : most;
  for (int64_t c = 0; c < classes; c++) {
    float e = vector_exp(scores[c] - most);
    if (to) to[c] = e;
    total += e;
  }
  *greatest = most;
  return total;
}

LEMNOS_INLINE int is_class(int32_t label, int64_t classes) { return label >= 0 && label < classes; }

LEMNOS_VECTORIZED
void lemnos_softmax_loss(
    const float *scores, const int32_t *labels, int64_t classes, int64_t begin, int64_t end, float *losses) {
  for (int64_t row = begin; row < end; row++) {
    const float *s = scores + row * classes;
    float greatest, total = normalizer(s, classes, &greatest, NULL);
    losses[row] = is_class(labels[row], classes) ? vector_log(total) - (s[labels[row]] - greatest) : __builtin_nanf("");
  }
}

LEMNOS_VECTORIZED
void lemnos_softmax_loss_gradient(
    const float *scores, const int32_t *labels, int64_t classes, int64_t begin, int64_t end, float *gradient) {
  for (int64_t row = begin; row < end; row++) {
    float *to = gradient + row * classes, greatest;
    // One address where they are the same, of which a compiler makes vectors.
    float total =
        gradient == scores ? normalizer(to, classes, &greatest, to) : normalizer(scores + row * classes, classes, &greatest, to);
    float scale = 1.0f / total;
    if (!is_class(labels[row], classes)) scale = __builtin_nanf("");
    for (int64_t c = 0; c < classes; c++) to[c] *= scale;
    if (is_class(labels[row], classes)) to[labels[row]] -= 1.0f;
  }
}
