// What a chain of pointwise operations becomes: code of a machine with one accumulator, which is some vectors wide and stays in
// registers of the processor while instructions jump to one another.
#ifndef LEMNOS_INSTRUCTIONS_H
#define LEMNOS_INSTRUCTIONS_H

#include "include/CKernels.h"

// The instructions. Operations of two come by what the other operand is, and on which side of the accumulator it stands.
#define LEMNOS_OF_TWO(DO, name) DO(name##_by_vector) DO(name##_by_number) DO(vector_##name) DO(number_##name) DO(name##_itself)
// By whether the accumulator, of floats or int32, is not 0, from two vectors or numbers.
#define LEMNOS_SELECTIONS(DO, name) \
  DO(name##_vector_vector) DO(name##_vector_number) DO(name##_number_vector) DO(name##_number_number)
#define LEMNOS_CODES(DO) \
  DO(end) DO(load) DO(load_number) DO(store) DO(accumulate) DO(compute) \
  LEMNOS_OF_TWO(DO, add) LEMNOS_OF_TWO(DO, subtract) LEMNOS_OF_TWO(DO, multiply) LEMNOS_OF_TWO(DO, divide) \
  LEMNOS_OF_TWO(DO, maximum) LEMNOS_OF_TWO(DO, minimum) LEMNOS_OF_TWO(DO, less) LEMNOS_OF_TWO(DO, equal) \
  DO(negate_alone) DO(magnitude_alone) DO(root_alone) DO(relu_alone) DO(to_float_alone) \
  LEMNOS_SELECTIONS(DO, select_by_int) LEMNOS_SELECTIONS(DO, select_by_float)

#define LEMNOS_CODE(name) CODE_##name,
enum { LEMNOS_CODES(LEMNOS_CODE) };
#undef LEMNOS_CODE

// The machine for one set of vector instructions.
typedef struct {
  // Elements in the accumulator.
  int64_t width;
  // Their logarithm to the base 2.
  int32_t shift;
  // Elements begin ..< end, of whole accumulators. Of a number, operands have one for each of them; and of what is added up, a vector.
  void (*run)(const lemnos_instruction *code, float *const *operands, int64_t begin, int64_t end);
} lemnos_machine;

// The one for this processor.
lemnos_machine lemnos_machine_here(void);

// A step that no instruction is for, n elements of it.
void lemnos_compute_step(
    lemnos_operation operation, int is_float, void *result, const void *a, const void *b, const void *c, int64_t n);

#endif
